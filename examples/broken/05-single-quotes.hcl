job "test" {
  task "unit" {
    run "shell" {
      cmd = 'make test'
    }
  }
}
