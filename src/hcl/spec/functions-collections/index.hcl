case_1 = index(["a","b"],"b")
case_2 = index([1,"a"],"1")
