case_1 = setintersection(["a","b"],["b"],["b","c"])
