case_01 = null ? 1 : 2
case_02 = "x" ? 1 : 2
case_03 = 1 ? 1 : 2
case_04 = true ? {} : 1.*.a
case_05 = true ? [] : false > [2]
case_06 = true ? {} : -"x"
case_07 = true ? [] : !"x"
case_08 = true ? [null, true] : ["a", 1]
case_09 = true ? {a = 1} : {a = []}
case_10 = true ? [1] : [[]]
case_11 = true ? tolist([]) : [1, []]
case_12 = true ? {} : []
case_13 = true ? {a = 1} : ["a"]
case_14 = true ? tolist([1]) : tolist([true])
case_15 = true ? (true ? nope : 1) : 2
case_16 = true ? [[1], []] : [[true]]
