x = <<EOT
a
EOT
