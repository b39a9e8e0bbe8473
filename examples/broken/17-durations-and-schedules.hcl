resource "git" "app" {
  params {
    url = "https://github.com/org/app"
  }
  check_interval = "5m"
}

resource "cron" "nightly" {
  check_interval = "0 25 * * *"
}

resource "cron" "weekly" {
  check_interval = "@weakly"
}

job "test" {
  timeout = 30
  get "git" "app" { trigger = true }
  get "cron" "nightly" { trigger = true }
  get "cron" "weekly" { trigger = true }
  task "unit" {
    run "shell" { cmd = "make test" }
    timeout = "10 minutes"
  }
}
