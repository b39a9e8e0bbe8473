x = <<-EOT
    hello

      world
    EOT
