x = <<EOT 
x
EOT
