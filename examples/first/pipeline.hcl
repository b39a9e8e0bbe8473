# The smallest pipeline that does something by itself: every hour it says hello.
#   pikoci server --pipeline-config examples/first/pipeline.hcl
#   pikoci run --pipeline-config examples/first/pipeline.hcl --var name=you
variable "name" {
  default = "world"
}

resource "cron" "hourly" {
  check_interval = "@hourly"
}

job "hello" {
  get "cron" "hourly" { trigger = true }
  task "say" {
    run "shell" { cmd = "echo \"hello $NAME\"" }
    env = { NAME = var.name }
  }
}
