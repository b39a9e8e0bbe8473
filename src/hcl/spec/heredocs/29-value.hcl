x = <<EOT
${<<IN
x
IN
}
EOT
