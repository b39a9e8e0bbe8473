resource "cron" "nightly" {
  check_interval = "0 3 * *"
}

job "build" {
  get "cron" "nightly" { trigger = true }
  matrix {
    go = ["1.24", "1.25"
    os = ["linux"]
  }
  task "compile" {
    run "shell" { cmd = "go build" }
    env = { CGO_ENABLED = 0 GOOS = each.value.os }
  }
}

job "release" {
  serial = true
  get "cron" "nightly" { passed = ["build"] }
  task "announce" {
    run "shell" {
      cmd = <<-EOT
        echo released
    }
  }
}
