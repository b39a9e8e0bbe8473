# What tests say is shown on the build: the failures with their messages, which of them are new, which are flaky, and how each test went before.
# A tool that writes JUnit XML is all it takes: here a shell script stands for one.

job "test" {
  task "unit" {
    run "shell" {
      cmd = <<-EOT
        mkdir -p results
        cat > results/unit.xml <<'XML'
        <testsuite name="calculator">
          <testcase name="adds" time="0.012"/>
          <testcase name="subtracts" time="0.008"/>
          <testcase name="divides" time="0.250"><skipped message="not written yet"/></testcase>
        </testsuite>
        XML
        {
          echo '## Calculator'
          echo
          echo '| operation | state |'
          echo '|---|---|'
          echo '| add | works |'
          echo '| divide | to come |'
        } > "$PIKOCI_SUMMARY"
      EOT
    }
    # Read after the command, also when it failed. A report that is broken is a warning in the log.
    reports {
      junit = ["results/*.xml"]
    }
  }
}
