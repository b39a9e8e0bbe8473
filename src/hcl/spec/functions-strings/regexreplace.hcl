case_1 = regexreplace("ab", "(?P<x>a)(b)", "$1")
