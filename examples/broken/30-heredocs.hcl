job "announce" {
  task "tell" {
    run "shell" {
      cmd = <<EOT
        echo "released"
      EOT;
    }
  }
}
