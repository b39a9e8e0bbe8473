# Two programs tested in the same way, and one job that waits for both:
#   pikoci run --pipeline-config examples/modules/pipeline.hcl --job hello--test --var token=s3cret
#   pikoci run --pipeline-config examples/modules/pipeline.hcl --job report --var token=s3cret
variable "token" {
  sensitive = true
}

module "hello" {
  source = "./parts/program.hcl"
  name   = "hello"
  token  = var.token
  checks = ["syntax", "greeting"]
}

module "bye" {
  source   = "./parts/program.hcl"
  for_each = toset(["en", "es"])
  name     = "bye-${each.key}"
  token    = var.token
}

job "report" {
  task "say" {
    run "shell" { cmd = "echo \"$SUMMARY\"" }
    env = {
      SUMMARY = join(", ", [module.hello.summary, module.bye["en"].summary, module.bye["es"].summary])
    }
  }
}
