# A job with a database and two caches. Each build has its own, on ports of its own, with passwords of its own: two builds run at once.
#   pikoci run --pipeline-config examples/services/pipeline.hcl
# In containers where docker works, else as processes of what is installed; --var mode=process insists on the latter.
variable "mode" {
  default = "auto"
}

job "test" {
  service "postgresql" {
    database = "shop"
    mode     = var.mode
  }
  service "redis" {
    mode = var.mode
  }
  service "redis" "sessions" {
    args = ["--databases", "2"]
    mode = var.mode
  }

  task "fill" {
    run "shell" {
      cmd = <<-EOT
        psql -q "$SERVICE_POSTGRESQL_URL" -c "create table fruit (name text)" -c "insert into fruit values ('pear'), ('fig')"
        redis-cli --no-auth-warning -u "$SERVICE_REDIS_URL" set basket full
      EOT
    }
  }
  task "ask" {
    run "shell" {
      cmd = <<-EOT
        psql -At "$SERVICE_POSTGRESQL_URL" -c "select count(*) || ' kinds of fruit in ' || current_database() from fruit"
        echo "the basket is $(redis-cli --no-auth-warning -u "$SERVICE_REDIS_URL" get basket)"
        echo "the other one knows $(redis-cli --no-auth-warning -u "$SERVICE_SESSIONS_URL" dbsize) baskets"
        echo "the password is $SERVICE_REDIS_PASSWORD"
      EOT
    }
  }
}
