case_1 = sha1("")
