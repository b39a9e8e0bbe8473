# A token that says which build this is, signed by the server for one audience: clouds and Vault can trust it without a stored secret. No command fetches
# it: the worker asks the server just before the step. In a task `id_token { aud = "…" }` does the same.
secret_type "id_token" {
  params = [
    "aud", # Who it is for: `"sts.amazonaws.com"`.
  ]
  required = ["aud"]
  server   = "id_token"
}
