# A first pipeline, written from memory.
resource "git" "my-app" {
  params {
    uri  = "https://github.com/org/app"
    name = "app"
  }
  check_interval = "1m"
}

job "test" {
  get "git" "my-ap" { trigger = true }

  task "unit" {
    run "dokcer" {
      image = "golang:1.25"
      cmd   = "cd app && make test"
    }
  }

  task "tag" {
    run "shell" {
      cmd = "git tag v1.0.${BUILD_NUMBER}"
    }
    timeout = 300
  }
}

job "deploy" {
  get "git" "my-app" {
    passed  = ["tests"]
    triger = true
  }
  task "push" {
    run "exec" {
      path = "./deploy.sh"
      args = ["--env", var.environment]
    }
  }
}
