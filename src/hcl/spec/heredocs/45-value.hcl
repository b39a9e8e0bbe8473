x = <<EOT
${1 ~}
 y
EOT
