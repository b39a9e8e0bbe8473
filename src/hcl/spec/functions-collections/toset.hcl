case_1 = toset(true ? [] : tolist(["a"]))
