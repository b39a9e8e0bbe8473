x = <<EOT
$${x} %%{y} $x %z \n \" "q"
EOT
