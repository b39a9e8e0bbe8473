job "test" {
  task "unit" {
    run "shell" {
      cmd = "make test"
    }

  task "lint" {
    run "shell" {
      cmd = "make lint"
    }
  }
}
