resource "git" "my-app" {
  params {
    url = "https://github.com/org/app"
  }
}

job "test" {
  get "git" "myapp" { trigger = true }
  task "unit" {
    run "shel" { cmd = "make test" }
  }
}

job "deploy" {
  get "git" "my-app" {
    trigger = true
    passed  = ["tests"]
  }
  task "deploy" {
    run "shell" { cmd = "./deploy.sh" }
  }
}
