# Starts a program on the worker's own machine, in the build's directory.
runner_type "exec" {
  params = [
    "path", # The program to start.
    "args", # Its arguments.
    "dir",  # Where it starts; the directory of the build, unless given.
  ]
  required = ["path"]

  run {
    path = "$path"
    args = ["$args"]
    dir  = "$dir"
  }
}
