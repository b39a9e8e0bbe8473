x = upper(<<EOT
x
EOT
)
