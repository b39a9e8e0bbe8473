x = <<EOT

EOT
