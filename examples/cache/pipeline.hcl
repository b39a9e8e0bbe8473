# What the task has fetched once is there the next time, until the lock file is another one.
variable "wanted" {
  default = "one two"
}

job "test" {
  task "lock" {
    run "shell" {
      cmd = "echo ${var.wanted} > packages.lock"
    }
  }

  task "unit" {
    cache {
      key          = "packages-${hashfiles("packages.lock")}"
      paths        = ["packages"]
      restore_keys = ["packages-"]
    }

    run "shell" {
      cmd = <<-EOT
        mkdir -p packages
        for name in $(cat packages.lock); do
          [ -e packages/$name ] && echo have $name && continue
          echo fetching $name
          touch packages/$name
        done
      EOT
    }
  }
}
