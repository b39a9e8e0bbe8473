# Two jobs try the same two things, and only what both have passed together is deployed: one build of each supplies the versions of all gets that name it.
#   pikoci server --run-worker --pipeline-config examples/fan-in/pipeline.hcl
#   pikoci explain -p pipeline -j deploy
resource_type "list" {
  params = ["of"]
  check "shell" { cmd = "echo '[{\"n\":\"1\"},{\"n\":\"2\"}]'" }
}

resource "list" "app" {
  params { of = "the app" }
}

resource "list" "config" {
  params { of = "its configuration" }
}

job "unit" {
  get "list" "app" {}
  get "list" "config" {}
  task "try" {
    run "shell" { cmd = "echo unit tests of $GET_APP_N with $GET_CONFIG_N" }
  }
}

job "integration" {
  get "list" "app" {}
  get "list" "config" {}
  task "try" {
    run "shell" { cmd = "echo integration tests of $GET_APP_N with $GET_CONFIG_N" }
  }
}

job "deploy" {
  get "list" "app" {
    trigger = true
    passed  = ["unit", "integration"]
  }
  get "list" "config" {
    passed = ["unit", "integration"]
  }
  task "deploy" {
    run "shell" { cmd = "echo deploying $GET_APP_N with $GET_CONFIG_N" }
  }
}
