# Objects of a bucket of Amazon S3, or of a server that speaks as it does (MinIO, Ceph, R2 …).
#
#   resource "s3" "releases" {
#     params {
#       bucket = "releases"
#       regexp = "app/app-(.*).tgz"
#     }
#   }
resource_type "s3" {
  params = [
    "bucket",            # Which bucket.
    "name",              # The directory that a `get` puts it into; the name of the resource, unless given.
    "regexp",            # Files with their version in the name: a regular expression for all of the path, whose group is the version. Without a group the order is that of time.
    "versioned_file",    # Instead of `regexp`: one file that is written again and again.
    "access_key_id",     # Who asks; without it, nobody in particular: for public buckets.
    "secret_access_key", # Its key. Keep it in a secret.
    "session_token",     # The token of a login for a time.
    "region",            # `us-east-1`, unless given.
    "endpoint",          # Where another server than Amazon's is: `"https://minio.example.org"`.
    "ca_cert",           # The certificate (PEM) of an authority of your own.
  ]
  required = ["bucket", "regexp|versioned_file"]
  step_params = [
    "file",         # What to upload: a path or a pattern.
    "content_type", # Of the object: `"text/html"`.
    "acl",          # Who may read it: `"public-read"`.
    "headers",      # Further headers.
  ]

  check "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin s3-check"]
  }

  pull "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin s3-pull"]
  }

  push "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin s3-push"]
  }
}
