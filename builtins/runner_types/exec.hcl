# Starts a program on the worker's own machine, in the build's directory.
runner_type "exec" {
  required = ["path"]

  run {
    path = "$path"
    args = ["$args"]
    dir  = "$dir"
  }
}
