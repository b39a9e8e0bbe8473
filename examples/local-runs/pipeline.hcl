# Everything that `pikoci run` can do without a server: see docs/run.md.
#   pikoci run --pipeline-config examples/local-runs/pipeline.hcl --all --secrets examples/local-runs/secrets.json
variable "password" {
  secret "vault" {
    path = "secret/data/shop"
    key  = "password"
  }
}

# Stands for a repository of packages: each push makes the next number.
resource_type "package" {
  params = ["comment"]
  check "shell" { cmd = "echo '[{\"number\": \"1\"}]'" }
  pull "shell" { cmd = "echo \"package $version_number\" > \"$GET_DIR/package\"" }
  push "shell" { cmd = "echo '{\"version\": {\"number\": \"2\"}}'" }
}
resource "package" "shop" {}

job "build" {
  task "compile" {
    run "shell" { cmd = "echo compiled" }
  }
  put "package" "shop" {
    params { comment = "built by hand" }
  }
}

job "test" {
  get "package" "shop" { passed = ["build"] }
  task "prepare" {
    run "shell" { cmd = "echo data > fixture" }
  }
  task "unit" {
    run "shell" { cmd = "echo \"tests $(cat shop/package) as $(printf '%s' \"$PASSWORD\" | wc -c) characters say\"" }
    env = { PASSWORD = var.password }
  }
}

job "release" {
  get "package" "shop" { passed = ["test"] }
  task "say" {
    run "shell" { cmd = "echo \"releases $(cat shop/package)\"" }
  }
}
