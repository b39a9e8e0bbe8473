case_1 = reverse([1,"a"])
case_2 = reverse(toset([1,2]))
