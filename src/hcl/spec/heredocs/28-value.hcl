x = "${<<EOT
x
EOT
}"
