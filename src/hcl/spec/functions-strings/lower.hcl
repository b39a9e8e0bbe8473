case_1 = lower("İ")
