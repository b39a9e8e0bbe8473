resource "git" "app" {
  params {
    url = "https://github.com/org/app"
  }
}

job "build" {
  get "git" "app" {
    trigger = true
    passed  = ["deploy"]
  }
  task "compile" {
    run "shell" { cmd = "make" }
  }
}

job "test" {
  get "git" "app" {
    trigger = true
    passed  = ["build"]
  }
  task "unit" {
    run "shell" { cmd = "make test" }
  }
}

job "deploy" {
  get "git" "app" {
    trigger = true
    passed  = ["test"]
  }
  task "deploy" {
    run "shell" { cmd = "./deploy.sh" }
  }
}
