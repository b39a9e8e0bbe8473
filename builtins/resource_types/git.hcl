# The commits of a branch of a git repository, oldest first.
#
# Versions are { ref = "<commit>" }. What a commit says about itself travels beside its version: an item that `check` prints may
# be { "version": {…}, "metadata": {…} } (exactly these two keys, both objects) instead of the bare version; metadata are texts,
# shown to people and no part of the version's identity. Any resource type may do the same.
resource_type "git" {
  params   = ["url", "name", "branch", "tag", "token", "username", "private_key", "depth", "submodules"]
  required = ["url"]
  cache    = true

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
