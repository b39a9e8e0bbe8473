job "test" {
  task "unit" {
    run "exec" {
      path = "go"
      args = [
        "test"
        "./..."
      ]
    }
  }
}
