x = <<"EOT"
x
EOT
