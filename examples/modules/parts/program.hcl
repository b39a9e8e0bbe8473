# Tests one program. Called from ../pipeline.hcl; what it declares lies under the name of the call.
variable "name" {
  type = string
}
variable "token" {
  type        = string
  description = "Whatever the program has to show to be let in."
}
variable "checks" {
  type    = list(string)
  default = ["syntax"]
}

job "test" {
  dynamic "task" {
    for_each = var.checks
    iterator = check
    labels   = [check.value]
    content {
      run "shell" { cmd = file("check.sh") }
      env = {
        PROGRAM = var.name
        CHECK   = check.value
        TOKEN   = var.token
      }
    }
  }
}

output "summary" {
  value = "${var.name} with ${length(var.checks)} checks"
}
