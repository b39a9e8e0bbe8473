case_1 = min()
