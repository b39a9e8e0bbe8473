x = <<EOT
%{ if true ~}
  yes
%{ else ~}
  no
%{ endif ~}
EOT
