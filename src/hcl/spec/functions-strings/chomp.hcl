case_1 = chomp("a\r\n\n")
case_2 = chomp("a\n\rb\n")
