x = { null = 2 }
