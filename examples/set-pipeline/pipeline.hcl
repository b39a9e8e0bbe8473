# A pipeline that sets others from files of its build: one for the application, and an instance of it for each branch.
#
#   pikoci run --pipeline-config pipeline.hcl --job sync        says what would be set
#   pikoci server --pipeline-config pipeline.hcl                sets it, when the job "sync" is started there

variable "branches" {
  type    = set(string)
  default = ["main", "feature/login"]
}

variable "token" {
  sensitive = true
  default   = "s3cret-t0ken"
}

job "sync" {
  # Here the files come out of the pipeline itself; elsewhere a `get "git"` fetches them.
  task "checkout" {
    run "shell" {
      cmd = <<-EOT
        mkdir -p app/ci
        printf '%s' "$PIPELINE" > app/ci/pipeline.hcl
        printf '%s' "$SCRIPT" > app/ci/test.sh
      EOT
    }
    env = {
      PIPELINE = file("apps/app.hcl")
      SCRIPT   = file("apps/test.sh")
    }
    outputs = ["app/ci/pipeline.hcl"]
  }

  dynamic "set_pipeline" {
    for_each = var.branches
    iterator = branch
    labels   = ["app"]
    content {
      file          = "app/ci/pipeline.hcl"
      vars          = { token = var.token }
      instance_vars = { branch = branch.value }
    }
  }
}
