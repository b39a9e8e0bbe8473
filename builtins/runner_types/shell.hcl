# Gives a script to a shell on the worker's own machine: `cmd` is the script itself, `file` the path of one.
# The shell stops at the first command that fails.
runner_type "shell" {
  params = [
    "cmd",   # The script.
    "file",  # The path of a script.
    "shell", # The shell that reads it.
    "dir",   # Where it starts; the directory of the build, unless given.
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
  }
}
