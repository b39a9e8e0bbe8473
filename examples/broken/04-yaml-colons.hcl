job "test" {
  task "unit" {
    timeout: "10m"
    run "shell" {
      cmd: "make test"
    }
  }
}
