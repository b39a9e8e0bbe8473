# Runs a script in a container of an image. The build's directory is /workdir inside; the step's environment is handed on by name.
# `args` are further flags of `docker run`. `$container` is a name that pikoci makes for each command.
runner_type "docker" {
  required = ["image"]
  workdir  = "/workdir"

  run {
    path = "docker"
    args = [
      "run", "--rm", "--name", "$container",
      "-v", "$WORKDIR:/workdir",
      "-w", "/workdir",
      "$env",
      "$args",
      "$image",
      "/bin/sh", "-ec", "$cmd",
    ]
  }

  # The engine hands a TERM on, but a shell that is the container's first process does not hear it.
  cancel {
    path = "/bin/sh"
    args = ["-c", "docker stop --time 5 \"$1\" || ! docker inspect \"$1\"", "sh", "$container"]
  }

  # For a container whose step was killed: `--rm` removes the others.
  cleanup {
    path = "/bin/sh"
    args = ["-c", "docker rm --force --volumes \"$1\" || ! docker inspect \"$1\"", "sh", "$container"]
  }
}
