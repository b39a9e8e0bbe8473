# The releases of a repository on GitHub, or on GitHub Enterprise.
#
#   resource "github-release" "tool" {
#     params { repository = "owner/tool" }
#   }
resource_type "github-release" {
  params = [
    "repository",   # `"owner/name"`.
    "name",         # The directory that a `get` puts it into; the name of the resource, unless given.
    "token",        # Needed for private repositories, drafts and to put; without it GitHub answers 60 times an hour. Keep it in a secret.
    "tag",          # Only releases whose tag matches: `"v2.*"`, or a regular expression between slashes, whose group is then the version: `"/^tool-(.+)$/"`.
    "order",        # `semver`: by version, and those without one are left out; `time`: by when they were published. `semver`, unless given.
    "pre_releases", # `true`: pre-releases too.
    "drafts",       # `true`: drafts too.
    "api_url",      # Where the API is: `"https://github.example.org/api/v3"`; `https://api.github.com`, unless given.
    "ca_cert",      # The certificate (PEM) of an authority of your own.
  ]
  required = ["repository"]
  step_params = [
    "tag",            # The tag.
    "tag_file",       # A file with the tag.
    "title",          # What it is called.
    "title_file",     # A file with that.
    "body",           # What it says, in Markdown.
    "body_file",      # A file with that.
    "assets",         # Patterns of files to upload.
    "commit",         # What the tag is put on when it is not there yet: a commit or a branch.
    "prerelease",     # `true`: it is one.
    "draft",          # `true`: it stays a draft.
    "generate_notes", # `true`: GitHub writes what is new.
  ]

  check "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin github-release-check"]
  }

  pull "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin github-release-pull"]
  }

  push "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin github-release-push"]
  }
}
