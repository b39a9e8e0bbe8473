# What a job gets: the newest release, one that somebody pinned, none that was disabled, or one of your choice.
resource_type "releases" {
  check "shell" { cmd = "echo '[{\"tag\":\"v1\"},{\"tag\":\"v2\"},{\"tag\":\"v3\"}]'" }
}

resource "releases" "app" {
  check_interval = "@every 1h"
}

job "deploy" {
  get "releases" "app" { trigger = true }
  task "deploy" {
    run "shell" { cmd = "echo deploying $GET_APP_TAG" }
  }
}

# Pinned in the text, whatever is pinned by hand.
job "compare" {
  get "releases" "app" {
    version = { tag = "v1" }
  }
  task "compare" {
    run "shell" { cmd = "echo comparing with $GET_APP_TAG" }
  }
}
