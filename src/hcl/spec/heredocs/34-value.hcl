x = <<-EOT
    a${
  1}
      b
  EOT
