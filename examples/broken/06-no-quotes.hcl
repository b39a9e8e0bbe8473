job "test" {
  task "unit" {
    run "docker" {
      image = golang
      cmd   = "make test"
    }
    timeout = 10m
  }
}
