resource "git" "app" {
  params {
    url = "https://github.com/org/app"
  }
}

job "test" {
  get "git" "app" { trigger = true }
  get "git" "app" {}
  task "unit-tests" {
    run "shell" { cmd = "make test" }
  }
  task "unit_tests" {
    run "shell" { cmd = "make more-tests" }
    timeout = "5m"
    timeout = "10m"
  }
}

job "test" {
  task "again" {
    run "shell" { cmd = "make test" }
  }
}
