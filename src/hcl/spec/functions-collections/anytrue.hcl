case_1 = anytrue([false,null])
case_2 = anytrue(["false",true])
case_3 = anytrue(true ? [] : [1])
