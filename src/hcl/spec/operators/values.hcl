case_01 = "e\u0301" == "é"
case_02 = 1 + 2 * 3 - 4 / 2
case_03 = (1 + 2) * 3
case_04 = -2 * -3
case_05 = 2 - -2
case_06 = 10 % 3
case_07 = -10 % 3
case_08 = 10 % -3
case_09 = 5.5 % 2
case_10 = 1 < 2 == true
case_11 = 1 == 1 && 2 != 3
case_12 = !true || true
case_13 = !(1 > 2)
case_14 = 1 + "2"
case_15 = true && "true"
case_16 = 1 == 1.0
case_17 = "1" == 1
case_18 = [1,2] == [1,2]
case_19 = [1] == ["1"]
case_20 = {a=1} == {a=1}
case_21 = {a=1} == {b=1}
case_22 = tolist([1]) == [1]
case_23 = toset([1,2]) == toset([2,1])
case_24 = null == null
case_25 = null == 1
case_26 = null != "a"
case_27 = tostring(null) == null
case_28 = 0.1 + 0.2 == 0.3
case_29 = 123456789.123456789 * 987654321.987654321
case_30 = 10 / 4
case_31 = 7 / 2 * 2
case_32 = (true)
case_33 = ((1))
case_34 = -(1)
case_35 = !(false)
case_36 = - - 1
case_37 = [1,2,3] == [1,2,3,4]
case_38 = {} == {}
case_39 = [] == []
case_40 = "" == ""
case_41 = 1 != 1
case_42 = true != false
case_43 = "a" == null
case_44 = {a=null} == {a=null}
case_45 = {a=null}.a == null
case_46 = [null] == [null]
case_47 = 3 % 0
case_48 = 0 / 1
case_49 = -0
case_50 = 1 - 1 == -0
case_51 = 1e-10 * 1e10
case_52 = 123456789012345678901234567890 + 1
case_53 = 99999999999999999999 * 99999999999999999999
case_54 = 0.1 * 3
case_55 = true || false && false
case_56 = "1" + "2"
case_57 = 1 / 3 * 3 == 1
case_58 = 2 / 3 + 1 / 3 == 1
case_59 = 1 - 2 / 3 - 1 / 3
case_60 = 1e154 + 1
case_61 = 1.1 * 1.1 == 1.21
case_62 = 0 % 0
case_63 = 5.5 % 0
case_64 = null && true
case_65 = true && null
case_66 = null && null
case_67 = null && false
case_68 = null || true
case_69 = true || null
case_70 = nope || true
case_71 = true || nope
case_72 = false && nope
case_73 = nope && false
case_74 = 1 / 3 == 2 / 6
case_75 = null == null || nope
case_76 = 10 - 3 - 2
case_77 = 2 * 3 % 4
case_78 = !true == false
case_79 = - 1
case_80 = --1
