# A release on GitHub with its files, and the newest one looked at.
variable "token" {
  sensitive = true
}

variable "api" {
  type    = string
  default = "https://api.github.com"
}

resource "github-release" "app" {
  params {
    repository = "ada/app"
    token      = var.token
    api_url    = var.api
  }
}

job "release" {
  task "make" {
    run "shell" { cmd = "echo content > app.tgz" }
  }
  put "github-release" "app" {
    tag    = "v1.2.0"
    assets = ["*.tgz"]
    no_get = true
  }
}

job "look" {
  get "github-release" "app" {
    trigger = true
    params { assets = [] }
  }
  task "look" {
    run "shell" { cmd = "echo \"found $GET_APP_TAG, $(cat app/version)\"" }
  }
}
