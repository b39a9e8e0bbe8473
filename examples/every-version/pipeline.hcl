# A build for each version, oldest first, and a job beside it that only wants the newest.
resource_type "counter" {
  check "shell" {
    cmd = <<-SH
      n=$${version_n:-0}
      [ $n -lt 4 ] || n=2
      echo "[{\"n\":\"$((n + 1))\"},{\"n\":\"$((n + 2))\"}]"
    SH
  }
}

resource "counter" "ticks" {
  check_interval = "@every 1h"
}

job "each" {
  get "counter" "ticks" {
    trigger = true
    version = "every"
  }
  task "show" {
    run "shell" { cmd = "echo tick $GET_TICKS_N" }
  }
}

job "newest" {
  get "counter" "ticks" { trigger = true }
  task "show" {
    run "shell" { cmd = "echo newest is $GET_TICKS_N" }
  }
}
