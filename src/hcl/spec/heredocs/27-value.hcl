x = {
  a = <<A
x
A
  b = 2
}
