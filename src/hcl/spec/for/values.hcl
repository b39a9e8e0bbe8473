case_01 = [for v in [1,2,3] : v * 2 if v > 1]
case_02 = [for i, v in ["a","b"] : "${i}-${v}"]
case_03 = {for k, v in {a=1,b=2} : v => k}
case_04 = {for v in ["a","b","a"] : v => 1...}
case_05 = {for i, v in ["a","b"] : v => i if i > 0}
case_06 = [for k, v in toset(["b","a"]) : "${k}${v}"]
case_07 = {for v in [1,2] : v => v}
case_08 = [for x in [1,2] : [for y in [3,4] : x * y]]
case_09 = [for s in ["a","b"] : upper(s)]
case_10 = {for s in ["a"] : s => upper(s)}
case_11 = {for k, v in {a={x=1}} : k => v.x}
case_12 = [for k, v in [{a=1}] : v.a]
case_13 = [for x in [] : x if "true"]
case_14 = [for x in [] : nope]
case_15 = {for x in [] : nope => x}
case_16 = [for k, x in [1, 2] : x if k == 0]
case_17 = {for i, x in ["a", "b"] : x => i}
case_18 = {for i, x in ["a", "a"] : x => i...}
case_19 = [for x in toset(["b", "a"]) : x]
case_20 = [for k, v in {b = 1, a = 2} : "${k}${v}"]
