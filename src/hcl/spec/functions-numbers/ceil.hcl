case_1 = ceil(-1.5)
case_2 = ceil(1)
