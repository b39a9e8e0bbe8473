# The status of a commit at GitHub.
notification_type "github-status" {
  params = [
    "token",       # A token that may write commit statuses (`repo:status`). Keep it in a secret.
    "repository",  # `owner/name`; that of the build's event, unless given.
    "commit",      # The whole hash; that of the build's event, unless given.
    "context",     # What it is called there; `pikoci/JOB`, unless given.
    "description", # Instead of how the build stands, and of the message.
    "api_url",     # Where the API is; `https://api.github.com`, unless given.
    "ca_cert",     # The certificate (PEM) of an authority of your own.
  ]
  required = ["token"]
  # A step may say of each what its notification block does.
  step_params = ["token", "repository", "commit", "context", "description", "api_url", "ca_cert"]

  notify "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin github-status-notify"]
  }
}
