# A message in a channel of Discord. Nothing in it mentions anybody, and markup in a message is shown as it is written.
notification_type "discord" {
  params = [
    "url",        # The address of the channel's webhook. Keep it in a secret.
    "username",   # Who it seems to come from; as the webhook says, unless given.
    "avatar_url", # Where the picture beside it is.
    "thread_id",  # A thread of the channel to write into.
  ]
  required = ["url"]
  # A step may say of each what its notification block does.
  step_params = ["url", "username", "avatar_url", "thread_id"]

  notify "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin discord-notify"]
  }
}
