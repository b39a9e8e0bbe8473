resource "git" "app" {
  params {
    url = "https://github.com/org/app"
  }
}

job "lint" {
  task "lint" {
    run "shell" { cmd = "make lint" }
  }
}

job "deploy" {
  get "git" "app" {
    trigger = true
    passed  = ["lint"]
  }
  task "deploy" {
    run "shell" { cmd = "./deploy.sh" }
  }
}
