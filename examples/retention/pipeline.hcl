# How much is kept: the newest two builds of this job, and those of a week; of all others what the server says.
job "test" {
  retain {
    builds = 2
    days   = 7
  }
  task "unit" {
    run "shell" { cmd = "echo ok" }
  }
}
