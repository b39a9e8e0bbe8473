case_01 = "abc"[0]
case_02 = 1[0]
case_03 = null[0]
case_04 = null.a
case_05 = {a=1}[0]
case_06 = {a=1}[null]
case_07 = [1][null]
case_08 = [1]["a"]
case_09 = [1].a
case_10 = "a".b
case_11 = true.a
case_12 = [{a=1}].a
case_13 = toset([1])[0]
case_14 = tomap({a=1})["b"]
case_15 = tomap({a=1}).b
case_16 = tolist([1,2])[5]
case_17 = [][0]
case_18 = {}["a"]
case_19 = [1].1e0
case_20 = [1, 2][-1]
case_21 = [1][0.5]
case_22 = [1][true]
case_23 = {a = 1}[true]
