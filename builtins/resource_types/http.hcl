# What lies at an address: a version for each time that it changed.
#
#   resource "http" "data" {
#     params { url = "https://example.org/data.csv" }
#   }
resource_type "http" {
  params = [
    "url",           # The address that is watched.
    "name",          # The directory that a `get` puts it into; the name of the resource, unless given.
    "filename",      # How the file is called there; as in the address, unless given.
    "version_by",    # By what a change is seen: `etag`, `last_modified`, or `sha256` of all of it. The first that the server tells, unless given.
    "json_path",     # The version is a field of a JSON answer: `$.releases[0].version`.
    "download_url",  # Where a `get` downloads from, when that is another address; `{version}` in it is what `json_path` found.
    "token",         # Sent as `Authorization: Bearer …`. Keep it in a secret.
    "username",      # For basic authentication.
    "password",      # Its password. Keep it in a secret.
    "headers",       # Further headers: `{ Accept = "text/csv" }`.
    "upload_url",    # Where a `put` uploads to, when that is another address; `{file}` in it is the name of the file.
    "method",        # How a `put` uploads: `PUT`, `POST` or `PATCH`; `PUT`, unless given.
    "ca_cert",       # The certificate (PEM) of an authority of your own.
    "skip_download", # `true`: a `get` fetches nothing.
  ]
  required = ["url"]
  values   = { version_by = "etag|last_modified|sha256" }
  step_params = [
    "file",    # What to upload: a path or a pattern.
    "url",     # Where to, over what the resource says.
    "method",  # `PUT`, `POST` or `PATCH`.
    "headers", # Further headers.
  ]

  check "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin http-check"]
  }

  pull "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin http-pull"]
  }

  push "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin http-push"]
  }
}
