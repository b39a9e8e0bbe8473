resource "git" "app" {
  params {
    url    = "https://github.com/org/app"
    branch = "build-${build.number}"
  }
}

job "test" {
  get "git" "app" { trigger = true }
  task "use" {
    if = task.find.VERSION != ""
    run "shell" { cmd = "echo ${task.find.VERSION}" }
    timeout = task.find.TIMEOUT
  }
  task "find" {
    run "shell" { cmd = "echo VERSION=1 >> $PIKOCI_OUTPUT" }
  }
  task "each" {
    run "shell" { cmd = "echo ${each.key}" }
  }
}
