# The commits of a branch of a git repository, oldest first; or branches, tags, pull requests.
#
# Versions are { ref = "<commit>" }. What a commit says about itself travels beside its version: an item that `check` prints may
# be { "version": {…}, "metadata": {…} } (exactly these two keys, both objects) instead of the bare version; metadata are texts,
# shown to people and no part of the version's identity. Any resource type may do the same.
resource_type "git" {
  params = [
    "url",          # Where the repository is: `https://…`, `ssh://…`, `git@host:path`, `file://…`.
    "name",         # The directory that a `get` puts it into; the name of the resource, unless given. `"."` is `WORKDIR` itself.
    "branch",       # Which branch; the default of the repository, unless given.
    "branches",     # A pattern such as `"release/*"`: the newest commits of all such branches, `{ ref, branch }`.
    "tag",          # A pattern such as `"v*"`: the versions are tags, `{ ref, tag }`, in the order of their version numbers.
    "pr",           # `true`: the versions are open pull requests, `{ ref, pr }`.
    "pr_base",      # Only those into this branch, where the API tells.
    "pr_forks",     # `true`: those of forks too. Then whoever may open one runs commands on your worker.
    "paths",        # Only commits that touch one of these: `["src", "docs/**/*.md"]`.
    "ignore_paths", # Not commits that touch nothing but these.
    "skip_ci",      # `false`: commits whose message says `[skip ci]` or `[ci skip]` make versions too.
    "token",        # For https: an access token; for `pr`, that of the API. Keep it in a secret.
    "token_scope",  # `"repository"`: the token is sent to this repository alone; else to all of its server, for submodules of it.
    "username",     # For https, with the token; `x-access-token` unless given.
    "private_key",  # For ssh: the text of a private key. Keep it in a secret.
    "known_hosts",  # For ssh: the keys of the server, as `ssh-keyscan` prints them; no other is trusted then. Unless given, the first one seen is.
    "depth",        # Fetches only so many commits.
    "submodules",   # `true` fetches them too.
    "forge",        # For `pr`, when the address does not tell: `github`, `gitlab` or `gitea`.
    "api_url",      # For `pr`: where its API is, when it is not in its usual place.
    "ca_cert",      # The certificate (PEM) of an authority of your own.
  ]
  required = ["url"]
  values = {
    depth       = "0..999999999"
    forge       = "github|gitlab|gitea"
    token_scope = "repository|server"
  }
  step_params = [
    "directory", # Which repository; the directory of the resource, unless given.
    "branch",    # Where to; the branch of the resource, unless given.
    "rebase",    # `true`: onto what others pushed meanwhile.
    "force",     # `true`: over what others pushed.
    "tag",       # A tag that is made and pushed as well.
    "annotate",  # The message of the tag.
    "only_tag",  # `true`: the tag alone, and no branch.
    "tags",      # `true`: the tags of the directory, too.
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
