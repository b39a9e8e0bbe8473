case_1 = matchkeys(["a","b"],["x","y"],["y"])
case_2 = matchkeys(["a","b"],["x"],["y"])
case_3 = matchkeys([1,2],["x","y"],["x"])
