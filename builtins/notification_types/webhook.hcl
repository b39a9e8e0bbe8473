# The facts of a build as JSON to any address, signed when there is a secret.
notification_type "webhook" {
  params = [
    "url",          # Where to.
    "method",       # `POST`, `PUT` or `PATCH`; `POST`, unless given.
    "headers",      # Further headers: `{ Authorization = "Bearer ${var.token}" }`.
    "secret",       # Signs the body: `X-Pikoci-Signature-256: sha256=` and the HMAC-SHA256 of it. Keep it in a secret.
    "body",         # What to send instead of the JSON.
    "content_type", # What `body` is; `application/json`, unless given.
    "ca_cert",      # The certificate (PEM) of an authority of your own.
  ]
  required = ["url"]
  # A step may say of each what its notification block does.
  step_params = ["url", "method", "headers", "secret", "body", "content_type", "ca_cert"]

  notify "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin webhook-notify"]
  }
}
