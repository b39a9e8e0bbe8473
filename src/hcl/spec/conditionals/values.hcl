case_01 = true ? {a=1} : {b="x"}
case_02 = true ? [1] : [1,"a"]
case_03 = true ? tolist([1]) : ["a"]
case_04 = false ? toset(["a"]) : ["b"]
case_05 = true ? {a=1} : tomap({a="x"})
case_06 = true ? {a={b=1}} : {a={b="x"}}
case_07 = true ? {a={b=1}} : {a={c="x"}}
case_08 = true ? [{a=1}] : []
case_09 = true ? [] : [{a=1}]
case_10 = true ? {} : {a=1}
case_11 = true ? null : "a"
case_12 = false ? null : [1]
case_13 = true ? "a" : 1
case_14 = false ? "a" : 1
case_15 = true ? "1" : true
case_16 = "true" ? 1 : 2
case_17 = true ? 1 : nope.x
case_18 = 1 > 2 ? "a" : 2 > 1 ? "b" : "c"
case_19 = true ? true ? 1 : 2 : 3
case_20 = 1 + 1 == 2 ? "y" : "n"
case_21 = true ? [] : nope.*.a
case_22 = true ? 1 : nope
case_23 = true ? "a" : -"x"
case_24 = true ? [null, 1] : [1, null]
case_25 = true ? {a = null} : {b = 1}
case_26 = true ? tomap({}) : {a = 1}
case_27 = true ? {} : tomap({a = "x"})
case_28 = true ? [] : tolist(["a"])
case_29 = true ? toset([1]) : tolist(["a"])
case_30 = true ? tolist(["a"]) : toset([1])
case_31 = true ? null : null
case_32 = true ? 1 : {o.a = 1}
