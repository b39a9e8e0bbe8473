# A service of one's own: a web server, for tests that need a page to look at.
#   pikoci run --pipeline-config examples/services-own-type/pipeline.hcl --job test --var port=8099
variable "port" {
  type = number
}

service_type "website" {
  params   = ["port"]
  required = ["port"]

  # The server goes on when `start` has returned: it belongs to the service, and what it writes is the log of the service.
  start "shell" {
    cmd = <<-EOT
      mkdir -p pages
      echo "hello from $SERVICE_NAME" > pages/index.html
      # The pause: what ended before `start` itself would not be seen to end.
      { sleep 0.3; exec busybox httpd -f -v -p "127.0.0.1:$param_port" -h pages; } &
      echo "HOST=127.0.0.1" >> "$PIKOCI_OUTPUT"
      echo "PORT=$param_port" >> "$PIKOCI_OUTPUT"
      echo "URL=http://127.0.0.1:$param_port" >> "$PIKOCI_OUTPUT"
    EOT
  }

  # Asked again until it says yes. What `start` told is `service_…` here, whatever the service is called.
  ready_check "shell" {
    cmd      = "busybox wget -q -O /dev/null \"$service_url\""
    interval = "200ms"
    timeout  = "10s"
  }

  # What `stop` leaves, or a type without one, is killed.
  stop "shell" { cmd = "rm -r pages" }
}

job "test" {
  service "website" { port = var.port }
  task "look" {
    run "shell" { cmd = "busybox wget -q -O - \"$SERVICE_WEBSITE_URL\"" }
  }
}

# Its server cannot do what is asked of it: that is said at once, nobody waits for the time of the ready_check.
job "dies" {
  service "website" { port = 99999999 }
  task "look" {
    run "shell" { cmd = "echo never" }
  }
}
