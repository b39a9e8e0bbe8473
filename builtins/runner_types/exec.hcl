# Starts a program on the worker's own machine, in the build's directory. Limits are kept by the kernel; where it cannot, the command is not started.
runner_type "exec" {
  params = [
    "path",   # The program to start.
    "args",   # Its arguments.
    "dir",    # Where it starts; the directory of the build, unless given.
    "memory", # How much memory it may take with all that it starts: `"512MB"`.
    "cpus",   # How many processors: `1.5`.
    "pids",   # How many processes and threads: `200`.
  ]
  required = ["path"]

  run {
    path = "$path"
    args = ["$args"]
    dir  = "$dir"

    memory = "$memory"
    cpus   = "$cpus"
    pids   = "$pids"
  }
}
