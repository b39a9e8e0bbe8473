case_1 = toset(["a","a","b"])
case_2 = toset([1,"1"])
case_3 = toset([{a=1},{a=1}])
case_4 = toset(null)
