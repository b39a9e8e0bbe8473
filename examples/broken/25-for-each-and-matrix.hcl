job "test" {
  for_each = ["unit", "integration"]
  task "run" {
    run "shell" { cmd = "make ${each.key}" }
  }
}

job "build" {
  matrix {
    go = ["1.24", "1.25"]
    os = "linux"
  }
  task "compile" {
    run "shell" { cmd = "make GO=${each.value.go} OS=${each.value.os}" }
  }
}

job "lint" {
  matrix {
    level = range(100)
    kind  = range(100)
  }
  task "lint" {
    run "shell" { cmd = "make lint" }
  }
}
