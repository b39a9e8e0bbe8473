# A file on the worker: .json, .yaml and .yml, .env, anything else as it is. `key` is the field of it; a.b is a field within a field. A relative path
# is one of the build's directory, if there is such a file, else one from where the worker was started.
secret_type "file" {
  params = [
    "path", # Where the file is on the worker.
    "key",  # Which field of it; `a.b` is a field within a field.
  ]
  required = ["path"]

  get "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin file-get"]
  }
}
