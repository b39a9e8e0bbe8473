# A job makes a program, another one tries it: the artifact carries it over.
resource "artifact" "dist" {
  params {
    paths = ["dist/**", "!**/*.tmp"]
  }
}

job "build" {
  task "compile" {
    run "shell" {
      cmd = <<-EOT
        mkdir -p dist/share
        printf '#!/bin/sh\necho hello from build %s\n' "$BUILD_NUMBER" > dist/hello
        chmod 755 dist/hello
        ln -s hello dist/hi
        echo draft > dist/share/notes.tmp
        echo done > dist/share/notes
      EOT
    }
  }

  put "artifact" "dist" {}
}

job "try" {
  get "artifact" "dist" {
    trigger = true
    passed  = ["build"]
  }

  task "run" {
    run "shell" {
      cmd = "dist/hi; cat dist/share/*; echo it was made by build $GET_DIST_BUILD"
    }
  }
}
