# Files in a bucket: each name with a higher number is a version.
variable "endpoint" {
  type    = string
  default = "http://127.0.0.1:9000"
}

resource "s3" "app" {
  params {
    bucket            = "releases"
    regexp            = "app/app-(.*).txt"
    endpoint          = var.endpoint
    access_key_id     = var.key
    secret_access_key = var.key
  }
}

variable "key" {
  sensitive = true
}

job "release" {
  task "make" {
    run "shell" { cmd = "echo content > app-1.10.0.txt" }
  }
  put "s3" "app" {
    file   = "app-*.txt"
    no_get = true
  }
}

job "look" {
  get "s3" "app" { trigger = true }
  task "look" {
    run "shell" { cmd = "echo \"version $(cat app/version): $(cat app/app-1.10.0.txt)\"" }
  }
}
