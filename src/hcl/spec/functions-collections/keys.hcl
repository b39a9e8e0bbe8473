case_1 = keys({b=1,a=2})
case_2 = keys([])
case_3 = keys("a")
