case_1 = tostring(1.50)
case_2 = tostring([1])
