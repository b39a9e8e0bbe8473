# Runs a script in a container of an image. The build's directory is /workdir inside; the step's environment is handed on by name.
# `args` are further flags of `docker run`.
runner_type "docker" {
  required = ["image"]
  workdir  = "/workdir"

  run {
    path = "docker"
    args = [
      "run", "--rm",
      "-v", "$WORKDIR:/workdir",
      "-w", "/workdir",
      "$env",
      "$args",
      "$image",
      "/bin/sh", "-ec", "$cmd",
    ]
  }
}
