<<EOT
x
