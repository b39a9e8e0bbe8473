case_1 = {a.b = 1}
case_2 = {a["b"] = 1}
