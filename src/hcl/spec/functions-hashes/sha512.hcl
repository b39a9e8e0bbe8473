case_1 = sha512("")
