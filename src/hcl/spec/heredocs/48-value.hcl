x = <<EOT
${1}
EOT
