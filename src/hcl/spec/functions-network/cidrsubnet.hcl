case_1 = cidrsubnet("10.1.2.0/24", 4, 15)
case_2 = cidrsubnet("fd00:fd12:3456:7890::/56", 16, 162)
case_3 = cidrsubnet("fe80::/48", 16, 6)
