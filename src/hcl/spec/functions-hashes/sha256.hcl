case_1 = sha256("abc")
