# A PostgreSQL server for the time of a build: in a container when docker works on the worker, else as a process of the
# PostgreSQL that is installed there. It listens on 127.0.0.1.
service_type "postgresql" {
  params = ["version", "port", "user", "password", "database"]

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
