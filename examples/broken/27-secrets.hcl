secret_type "vault" {
  source  = "pikoci://vault"
  adress  = "https://vault.example.org"
  token   = var.vault_token
}

variable "vault_token" {
  secret "vault" {
    path = "secret/data/ci"
    key  = "token"
  }
}

variable "api_key" {
  secret "file" { path = "/etc/ci/keys.json" }
}

variable "replicas" {
  type    = number
  default = "three"
}

locals {
  greeting = "hello ${local.name}"
  name     = "${local.greeting}!"
}

job "publish" {
  service "postgresql" {
    verison  = "17"
    password = var.api_key
  }
  task "upload" {
    run "exec" {
      path = "curl"
      args = ["-H", "Authorization: Bearer ${var.api_key}", "https://example.org/upload"]
    }
  }
  task "say" {
    run "shell" { cmd = "echo ${task.later.NAME}" }
  }
  task "later" {
    run "shell" { cmd = "echo NAME=x >> $PIKOCI_OUTPUT" }
  }
}
