case_1 = abs("-1")
