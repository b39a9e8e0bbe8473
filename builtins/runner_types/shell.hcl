# Gives a script to a shell on the worker's own machine: `cmd` is the script itself, `file` the path of one.
# The shell stops at the first command that fails. Limits are kept by the kernel; where it cannot, the script is not started.
runner_type "shell" {
  params = [
    "cmd",    # The script.
    "file",   # The path of a script.
    "shell",  # The shell that reads it.
    "dir",    # Where it starts; the directory of the build, unless given.
    "memory", # How much memory it may take with all that it starts: `"512MB"`.
    "cpus",   # How many processors: `1.5`.
    "pids",   # How many processes and threads: `200`.
  ]
  required = ["cmd|file"]

  defaults = {
    shell = "/bin/sh"
    # Only used when there is no `cmd`: the shell ($0) starts again with the file ($1).
    cmd = "exec \"$0\" -e \"$1\""
  }

  run {
    path = "$shell"
    args = ["-ec", "$cmd", "$shell", "$file"]
    dir  = "$dir"

    memory = "$memory"
    cpus   = "$cpus"
    pids   = "$pids"
  }
}
