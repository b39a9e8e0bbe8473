case_1 = max(1,"2")
case_2 = max([1,2,3]...)
case_3 = max(1, [2,3]...)
case_4 = max([]...)
