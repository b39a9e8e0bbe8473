case_01 = {a = 1, "b" = 2, (upper("c")) = 3}
case_02 = {a : 1, b : 2}
case_03 = {1 = "x", true = "y", 1.5 = "z"}
case_04 = {a = 1, a = 2}
case_05 = [1, 2, 3,]
case_06 = []
case_07 = {}
case_08 = {"${"a"}b" = 1}
case_09 = {"a" : 1, b = 2}
case_10 = {a = 1, a = 2, b = 3}
case_11 = {[1][0] = 2}
