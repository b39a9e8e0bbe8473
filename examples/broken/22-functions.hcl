locals {
  name     = uppercase("app")
  parts    = split(",")
  first    = element([], 0)
  version  = substr("v1.2.3", 1)
  settings = jsondecode("{ 'a': 1 }")
}

job "build" {
  task "show" {
    run "shell" { cmd = "echo ${local.name} ${local.first} ${local.version}" }
    env = {
      PARTS    = join(" ", local.parts)
      SETTINGS = local.settings.a
    }
  }
}
