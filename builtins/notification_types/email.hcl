# A mail over SMTP.
notification_type "email" {
  params = [
    "host",     # The mail server.
    "port",     # Its port; 587, 465 with `tls = "implicit"`, 25 with `tls = "none"`, unless given.
    "tls",      # `starttls`, `implicit` or `none`; `starttls`, unless given: then a server that does not offer it gets no mail.
    "username", # The login at the mail server.
    "password", # Its password. Keep it in a secret.
    "from",     # Who it comes from: `"pikoci <ci@example.org>"`.
    "to",       # Who gets it: a list, or a text with commas.
    "cc",       # Who gets a copy.
    "bcc",      # Who gets a copy without the others seeing it.
    "reply_to", # Where answers go.
    "subject",  # Instead of the build's name and status.
    "ca_cert",  # The certificate (PEM) of an authority of your own.
  ]
  required = ["host", "from", "to"]
  values = {
    port = "1..65535"
    tls  = "starttls|implicit|none"
  }
  # A step may say of each what its notification block does.
  step_params = [
    "host",
    "port",
    "tls",
    "username",
    "password",
    "from",
    "to",
    "cc",
    "bcc",
    "reply_to",
    "subject",
    "ca_cert",
  ]

  notify "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin email-notify"]
  }
}
