case_01 = [1,2,3][1]
case_02 = [1,2,3]["1"]
case_03 = {a=1}["a"]
case_04 = {a=1}.a
case_05 = {"a b"=1}["a b"]
case_06 = tolist([1]).0
case_07 = [{a=[1,2]}].0.a.1
case_08 = [{a=[1]},{a=[2]}].*.a[0]
case_09 = tomap({a=1}).a
case_10 = [1,2][1.0]
case_11 = {a={b=[{c=1}]}}.a.b[0].c
case_12 = [1].0e0
case_13 = [1].00
case_14 = [1, 2][-0]
case_15 = {true = 1}[true]
