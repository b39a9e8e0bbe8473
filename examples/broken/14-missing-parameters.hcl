resource "git" "app" {
  params {
    repository = "https://github.com/org/app"
  }
}

job "test" {
  get "git" "app" { trigger = true }
  task "unit" {
    run "docker" { cmd = "make test" }
  }
  task "lint" {
    run "shell" { command = "make lint" }
  }
  task "vet" {
  }
}
