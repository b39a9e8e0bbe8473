case_1 = split(",","a,b,,c")
case_2 = split("","añ")
case_3 = split("","")
case_4 = split("ab","xabyab")
