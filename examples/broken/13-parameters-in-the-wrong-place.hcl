resource "git" "app" {
  url    = "https://github.com/org/app"
  branch = "main"
}

job "test" {
  get "git" "app" { trigger = true }
  task "unit" {
    run "shell" {
      cmd     = "make test"
      timeout = "10m"
    }
  }
}
