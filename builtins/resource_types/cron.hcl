# A clock: each check finds a new version, the time of the check. When to check is the resource's own `check_interval`:
#
#   resource "cron" "nightly" {
#     check_interval = "0 3 * * *"
#     timezone       = "Europe/Madrid"
#   }
resource_type "cron" {
  params = []

  check "exec" {
    path = "/bin/sh"
    args = ["-ec", "date -u '+[{\"time\":\"%Y-%m-%dT%H:%M:%SZ\"}]'"]
  }
}
