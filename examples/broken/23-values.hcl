variable "environments" {
  default = {
    staging    = { url = "https://staging.example.org", replicas = 1 }
    production = { url = "https://example.org", replicas = 3 }
  }
}

variable "stage" {
  default = "prod"
}

locals {
  target = var.environments[var.stage]
  total  = "${var.stage}" + 1
  region = var.environments.staging.region
}

job "deploy" {
  task "deploy" {
    run "shell" { cmd = "./deploy.sh ${local.target.url} ${local.region} ${local.total}" }
  }
}
