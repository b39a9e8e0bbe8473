case_1 = alltrue([true,"true"])
case_2 = alltrue([true,null])
