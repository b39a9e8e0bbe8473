# What is set: the pipeline of an application, for the branch that it is given.

variable "branch" {
  type = string
}

variable "token" {
  type      = string
  sensitive = true
}

job "test" {
  task "test" {
    run "shell" {
      cmd = file("test.sh")
    }
    env = {
      BRANCH = var.branch
      TOKEN  = var.token
    }
  }
}
