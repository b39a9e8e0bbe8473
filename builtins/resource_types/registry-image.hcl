# Images of a registry, watched, fetched and pushed without docker.
#
#   resource "registry-image" "app" {
#     params {
#       repository = "ghcr.io/org/app"
#       tag        = "1.*"
#     }
#   }
resource_type "registry-image" {
  params = [
    "repository",   # Where it is: `"ghcr.io/org/app"`; without a host, on Docker Hub.
    "name",         # The directory that a `get` puts it into; the name of the resource, unless given.
    "tag",          # Which tag; `latest`, unless given. A pattern (`"1.*"`, or a regular expression between slashes, whose group is then the version): all that match, in the order of their versions.
    "pre_releases", # With a pattern, `true`: pre-releases such as `1.2-rc.1` too.
    "username",     # The login at the registry.
    "password",     # Its password, or a token. Keep it in a secret.
    "platform",     # Of an image for several: `"linux/arm64"`; that of the worker, unless given.
    "format",       # What a `get` makes: `rootfs` (its files), `oci` (an OCI layout), `tar` (one packed, for `docker load`); `rootfs`, unless given.
    "insecure",     # `true`: without TLS. A registry on localhost is asked so anyway.
    "ca_cert",      # The certificate (PEM) of an authority of your own.
  ]
  required = ["repository"]
  values   = { format = "rootfs|oci|tar" }
  step_params = [
    "image",           # An OCI layout, or a tar of one or of `docker save`.
    "tag",             # The tag; that of the resource, unless given.
    "tag_file",        # A file with the tag.
    "additional_tags", # More names for it.
  ]

  check "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin registry-image-check"]
  }

  pull "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin registry-image-pull"]
  }

  push "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin registry-image-push"]
  }
}
