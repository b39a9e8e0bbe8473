# A PostgreSQL server for the time of a build: in a container when docker works on the worker, else as a process of the
# PostgreSQL that is installed there. It listens on 127.0.0.1.
service_type "postgresql" {
  params = [
    "version",  # Which PostgreSQL: a tag of its image, or the version that is installed.
    "port",     # Where it listens, on 127.0.0.1.
    "user",     # Who owns the database.
    "password", # The password of that user.
    "database", # The database that is made.
  ]

  defaults = {
    version  = "17"
    port     = "5432"
    user     = "postgres"
    password = "postgres"
    database = "postgres"
  }

  start "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin postgresql-start"]
  }

  ready_check "exec" {
    path     = "/bin/sh"
    args     = ["-ec", "exec \"$PIKOCI\" builtin postgresql-ready"]
    interval = "500ms"
    timeout  = "2m"
  }

  stop "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin postgresql-stop"]
  }
}
