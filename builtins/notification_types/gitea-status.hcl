# The status of a commit at Gitea or Forgejo.
notification_type "gitea-status" {
  params = [
    "token",       # A token that may write to the repository. Keep it in a secret.
    "repository",  # `owner/name`; that of the build's event, unless given.
    "commit",      # The whole hash; that of the build's event, unless given.
    "context",     # What it is called there; `pikoci/JOB`, unless given.
    "description", # Instead of how the build stands, and of the message.
    "api_url",     # Where the API is; `https://gitea.example.org/api/v1`.
    "ca_cert",     # The certificate (PEM) of an authority of your own.
  ]
  required = ["token", "api_url"]
  # A step may say of each what its notification block does.
  step_params = ["token", "repository", "commit", "context", "description", "api_url", "ca_cert"]

  notify "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin gitea-status-notify"]
  }
}
