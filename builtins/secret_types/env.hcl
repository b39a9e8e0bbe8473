# An environment variable of the worker, which `--pass-env` must name: `key` is its name.
secret_type "env" {
  params = [
    "path", # The same as `key`.
    "key",  # The name of the variable.
  ]
  required = ["key|path"]

  get "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin env-get"]
  }
}
