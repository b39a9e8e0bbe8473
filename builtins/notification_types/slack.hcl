# A message in Slack: to an incoming webhook, or with the token of a bot to a channel. What a build or a message says is plain text there: it
# can neither mention anybody nor be markup.
notification_type "slack" {
  params = [
    "url",        # The address of an incoming webhook. Keep it in a secret.
    "token",      # Instead of `url`: the token of a bot that may write (`chat:write`). Keep it in a secret.
    "channel",    # With `token`: where to, by name or id.
    "username",   # Who it seems to come from, where Slack allows it.
    "icon_emoji", # Its picture, such as `":rocket:"`, where Slack allows it.
    "api_url",    # With `token`: where Slack's API is; `https://slack.com/api`, unless given.
  ]
  required = ["url|token"]
  # A step may say of each what its notification block does.
  step_params = ["url", "token", "channel", "username", "icon_emoji", "api_url"]

  notify "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin slack-notify"]
  }
}
