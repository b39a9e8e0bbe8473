variable "region" {
  type  = string
  value = "eu-west-1"
}

data "git" "app" {
  url = "https://github.com/org/app"
}

job "test" {
  count = 2
  task "unit" {
    depends_on = ["setup"]
    run "shell" { cmd = "make test REGION=${var.region}" }
  }
}

output "version" {
  value = "1.0"
}
