case_1 = base64decode("aGk=")
case_2 = base64decode("aG\nk=")
