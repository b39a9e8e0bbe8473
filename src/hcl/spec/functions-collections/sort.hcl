case_1 = sort(["b","a","10","B","é"])
case_2 = sort([2,10,1])
case_3 = sort(["a", null])
