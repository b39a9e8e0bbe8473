x = <<-EOT
  ${~ 1 ~}
    b
  EOT
