x = upper
("a")
