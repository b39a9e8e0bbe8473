x = <<EOT
x
EOT