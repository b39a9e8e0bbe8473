variable "replicas" {
  type    = number
  default = "three"
}

variable "regions" {
  type    = lst(string)
  default = ["eu-west-1"]
}

job "deploy" {
  tags        = "linux"
  concurrency = 0
  priority    = "high"
  task "deploy" {
    run "exec" {
      path = "./deploy.sh"
      args = ["--replicas", var.replicas, "--regions", join(",", var.regions)]
    }
    attempts = "a few"
  }
}
