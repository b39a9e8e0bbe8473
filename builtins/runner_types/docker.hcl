# Runs a script in a container of an image. The build's directory is /workdir inside; the step's environment is handed on by name.
# `user`, `memory` ("512MB"), `cpus` (1.5) and `pids` (200) are docker's own; `args` are further flags of `docker run`.
# `$container` is a name that pikoci makes for each command, `$network` the flags by which it joins the network of the build,
# if there is one: there a service in a container answers to its name.
runner_type "docker" {
  params = [
    "image",       # The image of the container.
    "cmd",         # The script that a shell in it runs.
    "dir",         # Where it starts, in `/workdir`.
    "user",        # Who it runs as: `"1000:1000"`; what the image says, unless given.
    "memory",      # How much memory it may take: `"512MB"`.
    "cpus",        # How many processors it may take: `1.5`.
    "pids",        # How many processes and threads it may have: `200`.
    "credentials", # For registries: `{ registry = "ghcr.io", username = "ci", password = var.token }`, or a list of such.
    "args",        # Further flags of `docker run`.
  ]
  required = ["image", "cmd"]
  workdir  = "/workdir"

  # docker's own word for: no engine answered, no such image, no such flag. The command did not run.
  error_exit_codes = [125]

  # What docker takes for "not limited" and "as the image says". One whose memory is limited stays until it was asked whether it was killed for that.
  defaults = {
    remove = "--rm"
    user   = ""
    memory = "0"
    cpus   = "0"
    pids   = -1
  }

  run {
    path = "docker"
    args = [
      "run", "$remove", "--name", "$container", "--label", "pikoci.workdir=$WORKDIR",
      "$network",
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

  # The engine hands a TERM on, but a shell that is the container's first process does not hear it.
  cancel {
    path = "/bin/sh"
    args = ["-c", "docker stop --time 5 \"$1\" || ! docker inspect \"$1\"", "sh", "$container"]
  }

  # For a container whose step was killed, or that stayed: `--rm` removes the others. While the engine removes one it refuses to be asked, so ask until it is gone.
  cleanup {
    path = "/bin/sh"
    args = [
      "-c",
      <<-EOT
        for pause in 0.1 0.2 0.5 1 2 4; do
          docker rm --force --volumes "$1" && exit
          docker inspect "$1" >/dev/null 2>&1 || exit 0
          sleep "$pause"
        done
        ! docker inspect "$1"
      EOT
      , "sh", "$container",
    ]
  }
}
