# A newer version of the same branch stops the build of the older one; other branches go on.
resource_type "commits" {
  check "shell" { cmd = "echo \"[{\\\"ref\\\":\\\"$(($${version_ref:-0} + 1))\\\",\\\"branch\\\":\\\"main\\\"}]\"" }
}

resource "commits" "app" {
  check_interval = "@every 1h"
}

job "test" {
  interruptible = true
  get "commits" "app" { trigger = true }
  task "test" {
    run "shell" { cmd = "echo testing $GET_APP_REF; [ $GET_APP_REF != 1 ] || sleep 60" }
  }
}
