case_1 = compact(["a","",null])
case_2 = compact([1,"",true])
case_3 = compact(null)
