x = <<-EOT
    a
    %{ if true }b
    c%{ endif }
  EOT
