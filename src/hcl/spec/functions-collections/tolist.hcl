case_1 = tolist([2, false, null])
case_2 = tolist([null, null])
case_3 = tolist([[1], [null]])
case_4 = tolist([{a = 1, b = null}, {a = null, c = 1}])
