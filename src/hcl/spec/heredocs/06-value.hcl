x = <<-EOT
    ${1}
      world
    EOT
