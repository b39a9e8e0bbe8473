case_1 = [{a = 1}, {}][*].a
case_2 = 1.*.a
