# A job that waits for people. On a server its builds need two of them for the release and one of operations:
#   pikoci jobs trigger release -p pipeline
#   pikoci builds approve -p pipeline -j release --approval operations -m "quiet enough"
# On one's own machine whoever runs it is asked, or says --approve.
job "release" {
  approve "release" {
    approvals = 2
    timeout   = "24h"
    message   = "Has the release been announced?"
  }
  approve "operations" {}

  task "publish" {
    run "shell" { cmd = "echo published" }
  }
}

job "deploy" {
  approve "deploy" {
    message = "Deploy now?"
  }
  task "deploy" {
    run "shell" { cmd = "echo deployed" }
  }
}
