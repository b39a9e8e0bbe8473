# Two jobs that use one machine take turns, and the builds of one job come one after the other.
job "load" {
  serial_groups = ["machine"]
  task "load" {
    run "shell" { cmd = "sleep 6; echo loaded" }
  }
}

job "reset" {
  serial_groups = ["machine"]
  task "reset" {
    run "shell" { cmd = "echo reset" }
  }
}

job "report" {
  concurrency = 1
  task "report" {
    run "shell" { cmd = "sleep 3; echo reported" }
  }
}
