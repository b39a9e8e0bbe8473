case_1 = title("hello wORLD foo-bar it's")
case_2 = title("éa b")
