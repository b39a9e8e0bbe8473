x = <<-EOT
    a ${"x"} b
      c
    EOT
