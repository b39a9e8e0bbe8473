x = <<e-o_t
x
e-o_t
