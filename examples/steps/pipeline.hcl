# What a job is made of: fetched versions, tasks with inputs and outputs, groups, conditions, tries, and what may fail.
variable "slow" {
  type    = bool
  default = false
}

resource_type "parts" {
  params = ["color"]
  check "shell" { cmd = "echo '[{\"number\": \"7\"}]'" }
  pull "shell" { cmd = "echo \"part $version_number in $param_color\" > \"$GET_DIR/part\"" }
}

resource "parts" "wheel" {
  params { color = "red" }
}

job "assemble" {
  timeout = "5m"

  get "parts" "wheel" { trigger = true }

  task "paint" {
    run "shell" {
      cmd = <<-EOT
        mkdir -p out && sed "s/red/$COLOR/" wheel/part > out/part
        echo "color=$COLOR" >> "$PIKOCI_OUTPUT"
      EOT
    }
    inputs  = ["wheel/part"]
    outputs = ["out"]
    env     = { COLOR = "blue" }
  }

  task "look" {
    run "shell" { cmd = "echo \"version $GET_WHEEL_NUMBER, ${task.paint.color}: $(cat part)\"" }
    dir = "out"
  }

  in_parallel {
    limit     = 2
    fail_fast = true
    task "unit" {
      run "exec" {
        path = "echo"
        args = ["unit tests pass"]
      }
    }
    task "flaky" {
      run "shell" {
        cmd = <<-EOT
          test -e tried && echo "passes when tried again" && exit
          touch tried
          exit 1
        EOT
      }
      attempts = 3
    }
    in_parallel {
      task "style" {
        run "shell" { cmd = "echo 'a comma is missing'; exit 1" }
        allow_failure = true
      }
      task "links" {
        run "shell" { cmd = "echo links are fine" }
        timeout = "30s"
      }
    }
  }

  task "slow" {
    if = var.slow
    run "shell" { cmd = "echo taking its time" }
  }
}

job "too-long" {
  task "waits" {
    run "shell" { cmd = "sleep 60" }
    timeout = "300ms"
  }
}
