case_1 = trim("?!hello?!","!?")
case_2 = trim("ab","")
