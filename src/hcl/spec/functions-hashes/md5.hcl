case_1 = md5("héllo")
