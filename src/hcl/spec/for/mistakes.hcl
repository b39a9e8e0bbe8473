case_01 = [for v in null : v]
case_02 = [for v in "abc" : v]
case_03 = {for v in ["a"] : null => v}
case_04 = {for v in ["a"] : [1] => v}
case_05 = [for v in [1] : v if "x"]
case_06 = [for x in [] : x if []]
case_07 = [for x in [] : x if null]
case_08 = [for x in [] : x if "x"]
case_09 = [for x in [] : x if nope]
case_10 = {for x in [] : x => x if 2}
case_11 = [for x in [1, 2] : x.a]
case_12 = {for x in [1, 2] : null => x}
case_13 = {for x in [1, 2] : [] => x}
case_14 = [for x in [{a = 1}] : x if x.b]
case_15 = {for x in ["a", "a"] : x => x}
case_16 = {for x in ["a", "b"] : 1 => x}
case_17 = [for x in 1 : x]
case_18 = [for x in null : x]
case_19 = [for x in "a" : x if nope]
