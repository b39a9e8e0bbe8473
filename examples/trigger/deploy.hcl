# Another pipeline, which goes on where that of the application ends: pikoci server --pipeline-config app.hcl --pipeline-config deploy.hcl
resource "trigger" "release" {
  params {
    pipeline = "app"
    job      = "release"
  }
}

job "deploy" {
  get "trigger" "release" { trigger = true }
  task "deploy" {
    run "shell" { cmd = "echo deploying build $${GET_RELEASE_NUMBER:-of this directory}" }
  }
}
