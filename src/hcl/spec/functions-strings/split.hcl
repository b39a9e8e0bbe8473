case_1 = split(",","")
case_2 = split("","abc")
case_3 = split(null, "a")
