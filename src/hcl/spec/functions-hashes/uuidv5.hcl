case_1 = uuidv5("x500","CN=a")
case_2 = uuidv5("url","http://x")
case_3 = uuidv5("oid","1.2")
