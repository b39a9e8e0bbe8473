x = <<EOT
  a
  EOT
