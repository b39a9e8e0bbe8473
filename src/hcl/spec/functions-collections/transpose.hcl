case_1 = transpose({a=["1","2"],b=["2"]})
