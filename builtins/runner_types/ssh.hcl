# Runs a script on another machine, by ssh: the directory of the build goes there and comes back, the script and the environment go in by
# the standard input. The machine needs a POSIX shell and tar. A cancelled step, or a worker that is gone, ends the script there.
runner_type "ssh" {
  params = [
    "host",        # The machine.
    "cmd",         # The script.
    "user",        # Who it runs as there; who ssh takes, unless given.
    "port",        # The port of its ssh; 22 unless given.
    "private_key", # The text of a private key. Keep it in a secret. Unless given, the keys of the worker's account are tried.
    "known_hosts", # The keys of the machine, as `ssh-keyscan` prints them; no other is trusted then. Unless given, the first one seen is.
    "shell",       # What reads the script there; `/bin/sh` unless given.
    "dir",         # Where it starts; the directory of the build, unless given.
  ]
  required = ["host", "cmd"]
  workdir  = "/workdir"

  # ssh's own word for: it could not get there.
  error_exit_codes = [255]

  defaults = { port = 22 }

  run {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin ssh-run"]
    env = {
      runner_host        = "$host"
      runner_user        = "$user"
      runner_port        = "$port"
      runner_private_key = "$private_key"
      runner_known_hosts = "$known_hosts"
      runner_shell       = "$shell"
      runner_dir         = "$dir"
      runner_cmd         = "$cmd"
      runner_directory   = "$WORKDIR"
      runner_env_names   = "$env"
    }
  }
}
