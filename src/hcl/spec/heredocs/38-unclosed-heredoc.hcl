x = <<EOT
x
