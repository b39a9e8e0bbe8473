# A secret that the server keeps: `pikoci secrets set NAME`. `path` is its name, `key` a field of it where it is a JSON object.
#
# No command fetches it: the worker asks the server just before the step, which gives it to the worker that runs the build.
secret_type "pikoci" {
  params = [
    "path", # The name of the secret: the pipeline's own, else its team's.
    "key",  # Which field, of a secret that is a JSON object; `a.b` is a field within a field.
  ]
  required = ["path"]
  server   = "secret"
}
