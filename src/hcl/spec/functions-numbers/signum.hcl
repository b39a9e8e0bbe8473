case_1 = signum(-3)
case_2 = signum(0)
