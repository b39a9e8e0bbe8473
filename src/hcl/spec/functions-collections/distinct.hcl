case_1 = distinct([1,"1"])
case_2 = distinct([])
case_3 = distinct(null)
case_4 = distinct([2, false, null])
