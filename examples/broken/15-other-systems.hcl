stages = ["test", "deploy"]

job "test" {
  image = "golang:1.25"
  needs = ["build"]
  script {
    cmd = "make test"
  }
  serial = true
}

job "deploy" {
  steps {
    task "deploy" {
      run "shell" { cmd = "./deploy.sh" }
    }
  }
}
