case_1 = indent(2,"a\nb\n\nc")
case_2 = indent(-1,"a")
