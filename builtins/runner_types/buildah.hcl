# Builds the image that a Dockerfile describes, by buildah: no daemon, and no rights but to write its storage. With `engine = "any"` docker does it, where a
# worker has only that.
runner_type "buildah" {
  params = [
    "tag",         # The name of the image: `"registry.example.com/app:1.2"`; several in a list.
    "context",     # The directory that the Dockerfile copies from; where the step starts, unless given.
    "dockerfile",  # The Dockerfile, within the context; `Dockerfile` or `Containerfile`, unless given.
    "build_args",  # Values for its `ARG`s: `{ VERSION = "1.2" }`. They reach buildah by the environment.
    "target",      # The stage that is built; the last, unless given.
    "engine",      # `buildah`; `docker`; or `any`: docker where buildah is not installed. `buildah`, unless given.
    "layers",      # `true`: what a line of the Dockerfile made is kept on the worker and taken again where nothing before it has changed.
    "push",        # `true`: each tag is pushed.
    "remove",      # `true`: the image is removed in the end. Else it stays in the storage of the worker.
    "credentials", # For registries: `{ registry = "ghcr.io", username = "ci", password = var.token }`, or a list of such.
    "insecure",    # `true`: registries without TLS, or with a certificate that nobody knows.
    "isolation",   # How its `RUN`s are kept apart: `chroot`, which works everywhere, unless given; `oci`, `rootless`.
    "args",        # Further flags of `buildah bud`.
    "dir",         # Where it starts; the directory of the build, unless given.
  ]
  required = ["tag"]

  defaults = { isolation = "chroot" }

  run {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin buildah-run"]
    dir  = "$dir"
    env = {
      runner_tag                  = "$tag"
      runner_context              = "$context"
      runner_dockerfile           = "$dockerfile"
      runner_build_args           = "$build_args"
      runner_target               = "$target"
      runner_engine               = "$engine"
      runner_layers               = "$layers"
      runner_push                 = "$push"
      runner_remove               = "$remove"
      runner_insecure             = "$insecure"
      runner_isolation            = "$isolation"
      runner_args                 = "$args"
      PIKOCI_REGISTRY_CREDENTIALS = "$credentials"
    }
  }
}
