<<-EOT
  x
  EOT