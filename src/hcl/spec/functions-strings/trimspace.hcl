case_1 = trimspace("\t a \n\u00a0")
