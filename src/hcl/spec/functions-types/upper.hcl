case_1 = upper(nope, nope)
