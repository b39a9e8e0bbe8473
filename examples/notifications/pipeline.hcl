# Who hears of builds: a webhook of every change of colour, and whoever a step tells.
variable "hook" {
  type    = string
  default = "http://127.0.0.1:8000/cgi-bin/hook"
}

notification "webhook" "board" {
  on      = ["broken", "fixed"]
  message = "${build.pipeline}/${build.job} ${build.status} after ${build.duration}"
  params {
    url    = var.hook
    secret = "change me"
  }
}

notification "webhook" "team" {
  params { url = var.hook }
}

job "release" {
  task "build" {
    run "shell" { cmd = "echo number=1.2 >> $PIKOCI_OUTPUT" }
  }
  notify "webhook" "team" { message = "Version ${task.build.number} is out" }
}

job "broken" {
  task "build" {
    run "shell" { cmd = "exit 1" }
  }
}
