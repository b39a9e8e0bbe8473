case_1 = base64encode("héllo")
