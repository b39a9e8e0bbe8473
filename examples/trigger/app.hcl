# The pipeline of the application.
job "release" {
  task "build" {
    run "shell" { cmd = "echo building" }
  }
}
