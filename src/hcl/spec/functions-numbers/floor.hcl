case_1 = floor(-1.2)
