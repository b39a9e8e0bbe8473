case_1 = regexall("(a)","aa")
case_2 = regexall("z","aa")
case_3 = regexall("(?P<x>a)(b)", "")
