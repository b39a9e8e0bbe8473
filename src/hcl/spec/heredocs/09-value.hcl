x = <<EOT
%{ for x in [1,2] ~}
  item ${x}
%{ endfor ~}
end
EOT
