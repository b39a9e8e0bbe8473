x = "%{ if true # c
}a%{ endif }"
