# The status of a commit at GitLab, as a job of its pipeline.
notification_type "gitlab-status" {
  params = [
    "token",       # A token with the scope `api`. Keep it in a secret.
    "repository",  # `group/name, or the number of the project`; that of the build's event, unless given.
    "commit",      # The whole hash; that of the build's event, unless given.
    "context",     # What it is called there; `pikoci/JOB`, unless given.
    "description", # Instead of how the build stands, and of the message.
    "api_url",     # Where the API is; `https://gitlab.com/api/v4`, unless given.
    "ca_cert",     # The certificate (PEM) of an authority of your own.
  ]
  required = ["token"]
  # A step may say of each what its notification block does.
  step_params = ["token", "repository", "commit", "context", "description", "api_url", "ca_cert"]

  notify "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin gitlab-status-notify"]
  }
}
