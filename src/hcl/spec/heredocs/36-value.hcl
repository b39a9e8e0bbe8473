x = <<-EOT
    %{ if true }
    b
    %{ endif }
  EOT
