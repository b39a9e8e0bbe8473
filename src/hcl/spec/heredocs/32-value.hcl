x = <<-EOT
    
    a
    EOT
