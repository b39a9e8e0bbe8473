x = <<-EOT
  %{ if true ~}
  a
  %{ endif ~}
  EOT
