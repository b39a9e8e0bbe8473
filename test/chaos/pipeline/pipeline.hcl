# What a run of chaos builds. The scripts lie in the ledger, and write down there what they do: docs/chaos.md.
variable "ledger" {
  type = string
}

resource_type "ledger" {
  check "shell" { cmd = "sh ${var.ledger}/versions.sh check" }
  pull "shell" { cmd = "sh ${var.ledger}/versions.sh pull" }
  push "shell" { cmd = "sh ${var.ledger}/versions.sh push" }
}

resource "ledger" "pushed" {
  check_interval = "@every 3s"
}

service_type "beside" {
  start "shell" { cmd = "sh ${var.ledger}/service.sh start" }
  ready_check "shell" {
    cmd      = "sh ${var.ledger}/service.sh ready"
    interval = "100ms"
  }
  stop "shell" { cmd = "sh ${var.ledger}/service.sh stop" }
}

job "count" {
  task "say" {
    run "shell" { cmd = "sh ${var.ledger}/step.sh say 60 0.01 0" }
  }
  task "more" {
    run "shell" { cmd = "sh ${var.ledger}/step.sh more 20 0.02 0" }
  }
}

job "long" {
  task "say" {
    run "shell" { cmd = "sh ${var.ledger}/step.sh say 60 0.1 0" }
  }
}

job "quiet" {
  task "work" {
    run "shell" { cmd = "sh ${var.ledger}/quiet.sh work 60" }
  }
}

job "flood" {
  task "pour" {
    run "shell" { cmd = "sh ${var.ledger}/flood.sh pour 4000" }
  }
}

job "serves" {
  service "beside" {}
  task "use" {
    run "shell" { cmd = "sh ${var.ledger}/step.sh use 30 0.05 0" }
  }
}

job "fails" {
  task "say" {
    run "shell" { cmd = "sh ${var.ledger}/step.sh say 10 0.01 3" }
  }
}

job "slow" {
  task "say" {
    run "shell" { cmd = "sh ${var.ledger}/step.sh say 10000 0.2 0" }
    timeout = "1500ms"
  }
}

job "hooks" {
  task "say" {
    run "shell" { cmd = "sh ${var.ledger}/step.sh say 20 0.05 0" }
    ensure {
      task "after" {
        run "shell" { cmd = "sh ${var.ledger}/hook.sh after" }
      }
    }
  }
  ensure {
    task "last" {
      run "shell" { cmd = "sh ${var.ledger}/hook.sh last" }
    }
  }
}

job "parallel" {
  in_parallel {
    task "a" {
      run "shell" { cmd = "sh ${var.ledger}/step.sh a 30 0.02 0" }
    }
    task "b" {
      run "shell" { cmd = "sh ${var.ledger}/step.sh b 30 0.02 0" }
    }
    task "c" {
      run "shell" { cmd = "sh ${var.ledger}/step.sh c 5 0.1 0" }
    }
  }
}

job "one" {
  concurrency = 1
  task "alone" {
    run "shell" { cmd = "sh ${var.ledger}/step.sh alone 15 0.05 0" }
  }
}

job "left" {
  serial_groups = ["both"]
  task "alone" {
    run "shell" { cmd = "sh ${var.ledger}/step.sh alone 15 0.05 0" }
  }
}

job "right" {
  serial_groups = ["both"]
  task "alone" {
    run "shell" { cmd = "sh ${var.ledger}/step.sh alone 15 0.05 0" }
  }
}

job "push" {
  task "make" {
    run "shell" { cmd = "sh ${var.ledger}/step.sh make 5 0.02 0" }
  }
  put "ledger" "pushed" { no_get = true }
}

job "each" {
  get "ledger" "pushed" {
    trigger = true
    version = "every"
  }
  task "use" {
    run "shell" { cmd = "sh ${var.ledger}/step.sh use 5 0.02 0" }
  }
}
