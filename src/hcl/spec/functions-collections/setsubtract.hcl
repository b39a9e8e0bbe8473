case_1 = setsubtract(["a","b"],["b"])
