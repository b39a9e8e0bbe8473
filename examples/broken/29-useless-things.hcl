variable "region" {
  default = "eu-west-1"
}

locals {
  image = "golang:1.25"
}

resource "git" "app" {
  params {
    url = "https://github.com/org/app"
  }
}

resource "cron" "nightly" {
  check_interval = "@daily"
}

runner_type "nix" {
  run {
    path = "nix"
    args = ["develop", "--command", "$cmd"]
  }
}

job "test" {
  timeout                = "30m"
  disable_manual_trigger = true
  get "git" "app" {}
  task "unit" {
    run "shell" {
      cmd   = "make test"
      image = "golang:1.25"
    }
    timeout = "1h"
  }
}

job "later" {
}
