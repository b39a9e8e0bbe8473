case_1 = slice([1,2],1,5)
case_2 = slice("abc",0,1)
