# A job that is told what to do when it is started.
#   pikoci jobs trigger deploy -p pipeline --input version=1.4.0 --input target=production
#   pikoci run --pipeline-config examples/inputs/pipeline.hcl --input version=1.4.0
job "deploy" {
  inputs {
    version {
      description = "a tag of the repository"
      required    = true
    }
    target {
      options = ["staging", "production"]
      default = "staging"
    }
    hosts {
      type    = list(string)
      default = ["web-1", "web-2"]
    }
    dry_run { default = true }
    token { sensitive = true }
  }

  task "plan" {
    run "shell" { cmd = "echo $INPUT_VERSION goes to $INPUT_TARGET: $HOSTS" }
    env = { HOSTS = join(", ", input.hosts) }
  }

  task "ship" {
    if = !input.dry_run
    run "shell" { cmd = "echo shipping with $${TOKEN:-no token}" }
    env = { TOKEN = input.token }
  }
}
