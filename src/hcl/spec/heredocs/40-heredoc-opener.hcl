x = << EOT
x
EOT
