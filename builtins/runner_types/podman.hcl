# Runs a script in a container of an image, by podman: as `docker` does, without a daemon.
# `$container` is a name that pikoci makes for each command.
runner_type "podman" {
  params = [
    "image",       # The image of the container.
    "cmd",         # The script that a shell in it runs.
    "dir",         # Where it starts, in `/workdir`.
    "user",        # Who it runs as: `"1000:1000"`; what the image says, unless given.
    "memory",      # How much memory it may take: `"512MB"`.
    "cpus",        # How many processors it may take: `1.5`.
    "pids",        # How many processes it may have: `200`.
    "credentials", # For registries: `{ registry = "ghcr.io", username = "ci", password = var.token }`, or a list of such.
    "args",        # Further flags of `podman run`.
  ]
  required = ["image", "cmd"]
  workdir  = "/workdir"

  # podman's own word for: no such image, no such flag. The command did not run.
  error_exit_codes = [125]

  # What podman takes for "not limited" and "as the image says".
  defaults = {
    user   = ""
    memory = "0"
    cpus   = "0"
    pids   = -1
  }

  run {
    path = "podman"
    args = [
      "run", "--rm", "--name", "$container", "--label", "pikoci.workdir=$WORKDIR",
      "-v", "$WORKDIR:/workdir",
      "-w", "/workdir/$dir",
      "--user", "$user", "--memory", "$memory", "--cpus", "$cpus", "--pids-limit", "$pids",
      "$env",
      "$args",
      "$image",
      "/bin/sh", "-ec", "$cmd",
    ]
    env = { PIKOCI_REGISTRY_CREDENTIALS = "$credentials" }
  }

  # A shell that is the container's first process does not hear a TERM that is handed on.
  cancel {
    path = "/bin/sh"
    args = ["-c", "podman stop --time 5 \"$1\" || ! podman inspect \"$1\"", "sh", "$container"]
  }

  # For a container whose step was killed: `--rm` removes the others.
  cleanup {
    path = "podman"
    args = ["rm", "--force", "--ignore", "--volumes", "$container"]
  }
}
