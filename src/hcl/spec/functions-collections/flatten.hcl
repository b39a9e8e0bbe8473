case_1 = flatten([[1],["a",[true]]])
case_2 = flatten([for a in ["x","y"] : [for b in [1,2] : "${a}${b}"]])
