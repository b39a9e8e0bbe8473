job "test" {
  task "unit" = {
    run "shell" { cmd = "make test" }
  }
}

resource "git" "app" {
  params {
    url = "https://github.com/org/app"
  }
}

locals = {
  image = "golang:1.25"
}

job "build" {
  get "git" "app" { trigger = true }
  task "compile" {
    run "docker" {
      image = local.image
      cmd   = "make"
    }
  }
}
