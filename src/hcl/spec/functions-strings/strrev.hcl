case_1 = strrev("añb")
