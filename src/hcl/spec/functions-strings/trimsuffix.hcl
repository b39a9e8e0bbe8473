case_1 = trimsuffix("helloworld","world")
