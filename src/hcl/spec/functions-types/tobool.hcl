case_1 = tobool("1")
case_2 = tobool(1)
