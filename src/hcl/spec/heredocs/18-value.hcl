x = <<EOT
${"a"}
EOT
