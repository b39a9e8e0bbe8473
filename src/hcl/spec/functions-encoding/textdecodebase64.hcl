case_1 = textdecodebase64("aABpAA==","UTF-16LE")
