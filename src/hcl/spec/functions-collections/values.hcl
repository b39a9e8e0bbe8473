case_1 = values(tomap({b=1,a=2}))
case_2 = values([])
case_3 = values(true ? {} : tomap({a = "x"}))
