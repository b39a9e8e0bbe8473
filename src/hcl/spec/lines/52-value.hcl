x = "tab	here"
