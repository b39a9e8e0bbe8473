x = { if = 1, in = 2, else = 3 }
