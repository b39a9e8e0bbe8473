resource "git" "app" {
  params {
    url = "https://github.com/org/app"
  }
  check_intervall = "@every 1m"
}

job "test" {
  get "git" "app" { triger = true }
  task "unit" {
    run "shell" { cmd = "make test" }
  }
}
