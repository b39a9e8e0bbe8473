# The commits of a branch of a git repository, oldest first.
#
# Versions are { ref = "<commit>" }. What a commit says about itself travels beside its version: an item that `check` prints may
# be { "version": {…}, "metadata": {…} } (exactly these two keys, both objects) instead of the bare version; metadata are texts,
# shown to people and no part of the version's identity. Any resource type may do the same.
resource_type "git" {
  params = [
    "url",         # Where the repository is: `https://…`, `ssh://…`, `git@host:path`, `file://…`.
    "name",        # The directory that a `get` puts it into; the name of the resource, unless given. `"."` is `WORKDIR` itself.
    "branch",      # Which branch; the default of the repository, unless given.
    "tag",         # A pattern such as `"v*"`: the versions are then tags, in the order of their version numbers.
    "token",       # For https: an access token. Keep it in a secret.
    "username",    # For https, with the token; `x-access-token` unless given.
    "private_key", # For ssh: the text of a private key. Keep it in a secret.
    "depth",       # Fetches only so many commits.
    "submodules",  # `true` fetches them too.
  ]
  required = ["url"]
  step_params = [
    "branch",    # Where to; the branch of the resource, unless given.
    "directory", # Which repository; the directory of the resource, unless given.
    "rebase",    # `true`: what others pushed meanwhile is no hindrance.
    "tag",       # A tag that is made and pushed as well.
  ]
  cache = true

  check "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin git-check"]
  }

  pull "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin git-pull"]
  }

  push "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin git-push"]
  }
}
