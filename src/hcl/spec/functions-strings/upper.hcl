case_1 = upper("straße")
case_2 = upper("a"...)
case_3 = upper("a",)
case_4 = upper(null)
