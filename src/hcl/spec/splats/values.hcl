case_01 = [{a=1},{a=2}][*].a
case_02 = [{a=1},{a=2}].*.a
case_03 = [{a=[1]},{a=[2]}][*].a[0]
case_04 = [{a=[{b=1}]},{a=[{b=2}]}][*].a[*].b
case_05 = tolist([{a=1},{a=2}])[*].a
case_06 = toset(["x"])[*]
case_07 = null[*]
case_08 = "x"[*]
case_09 = {a=1}[*].a
case_10 = tomap({a=1})[*]
case_11 = null[*].a
case_12 = tolist([])[*].a
case_13 = toset([1, 2])[*]
case_14 = [null][*]
case_15 = tolist([{a = 1}])[*].a
case_16 = [[1, 2], [3]][*][0]
case_17 = [[1, 2], [3]].*[0]
case_18 = [{a = [1, 2]}, {a = [3]}].*.a[0]
case_19 = [{a = [1]}][*].a[0]
case_20 = tomap({a = {b = 1}})[*].a.b
