# A RabbitMQ server for the time of a build. In a container where docker works, else as a process.
# Its steps are told where it is by `SERVICE_<NAME>_URL` and the like: docs/services.md.
service_type "rabbitmq" {
  params = [
    "version",  # Which RabbitMQ: a tag of its image, `4` unless given. As a process it is the one that is installed, and a warning when that is another.
    "port",     # Where it listens, on 127.0.0.1 of the worker; a free port, unless given.
    "user",     # Its administrator; `guest`, unless given.
    "password", # Its password; made up for each build, unless given.
    "database", # The virtual host; `/`, unless given.
    "image",    # The image; `rabbitmq`, unless given. A tag in it goes before `version`.
    "args",     # More arguments of the server, a list.
    "mode",     # `"container"` or `"process"`; a container where docker works and else a process, unless given.
  ]
  values = {
    port = "0..65535"
    mode = "auto|container|process"
  }

  start "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin rabbitmq-start"]
  }

  ready_check "exec" {
    path     = "/bin/sh"
    args     = ["-ec", "exec \"$PIKOCI\" builtin rabbitmq-ready"]
    interval = "500ms"
    timeout  = "2m"
  }

  stop "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin rabbitmq-stop"]
  }
}
