x = <<EOT
x
EOT # c
