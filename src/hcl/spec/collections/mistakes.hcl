case_1 = {(null) = 1}
case_2 = {([1]) = 1}
case_3 = {a.b = 1}
case_4 = {a[0] = 1}
case_5 = {"a"[0] = 1}
case_6 = {a.b = nope}
