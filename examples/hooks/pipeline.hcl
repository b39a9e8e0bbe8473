# What happens after a step, a group or a job: hooks of commands, and of steps.
job "passes" {
  task "unit" {
    run "shell" { cmd = "echo ok" }
    on_success "shell" { cmd = "echo 'the step passed'" }
    on_failure "shell" { cmd = "echo 'never said'" }
  }
  ensure {
    task "tidy" {
      run "shell" { cmd = "echo \"tidied after $BUILD_STATUS\"" }
    }
  }
}

job "fails" {
  in_parallel {
    task "unit" {
      run "shell" { cmd = "exit 3" }
    }
    on_failure "shell" { cmd = "echo 'somebody in the group failed'" }
  }
  on_failure {
    task "tell" {
      run "shell" { cmd = "echo \"job $BUILD_JOB_NAME: $BUILD_STATUS\"" }
    }
  }
  on_success "shell" { cmd = "echo 'never said'" }
  ensure "shell" { cmd = "echo 'tidied in any case'" }
}

job "errors" {
  error_retries = 0
  task "absent" {
    run "exec" { path = "a-program-that-nobody-has" }
    on_error "shell" { cmd = "echo 'not the fault of the code'" }
    on_failure "shell" { cmd = "echo 'never said'" }
  }
}

job "waits" {
  task "long" {
    run "shell" { cmd = "sleep 600" }
    on_cancel "shell" { cmd = "echo 'the step was cancelled'" }
  }
  ensure "shell" { cmd = "echo 'tidied after a cancellation'" }
}
