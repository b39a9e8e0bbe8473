case_1 = trimprefix("helloworld","hello")
