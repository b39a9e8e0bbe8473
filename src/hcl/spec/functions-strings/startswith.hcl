case_1 = startswith("abc","")
