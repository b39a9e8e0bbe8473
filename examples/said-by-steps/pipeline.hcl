# What a step says of itself: values for later steps, a summary for people, and what must not be shown.
job "report" {
  task "build" {
    run "shell" {
      cmd = <<-EOT
        echo "version=1.4.$BUILD_NUMBER" >> "$PIKOCI_OUTPUT"
        password=$(printf 'made-up-%s' 4711)
        echo "$password" >> "$PIKOCI_MASK"
        echo "the database has the password $password"
        cat > "$PIKOCI_SUMMARY" <<'SUMMARY'
        # Built

        | size | files |
        |---|---|
        | 3 MB | 14 |
        SUMMARY
      EOT
    }
  }
  task "tag" {
    run "shell" { cmd = "echo 'tags ${task.build.version}' and $TASK_BUILD_VERSION" }
  }
}
