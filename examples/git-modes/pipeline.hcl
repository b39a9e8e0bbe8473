# Four ways to watch one repository: commits that touch certain paths, branches, tags, and pull requests.
variable "url" {
  type    = string
  default = "git://127.0.0.1/app.git"
}

resource "git" "source" {
  params {
    url          = var.url
    paths        = ["src"]
    ignore_paths = ["src/docs"]
  }
}

resource "git" "releases" {
  params {
    url = var.url
    tag = "v*"
  }
}

resource "git" "maintained" {
  params {
    url      = var.url
    branches = "release/*"
  }
}

resource "git" "pull-requests" {
  params {
    url = var.url
    pr  = true
  }
}

job "test" {
  get "git" "source" { trigger = true }
  task "look" {
    run "shell" { cmd = "git -C source log -1 --format='newest of src: %s'" }
  }
}

job "publish" {
  get "git" "releases" { trigger = true }
  task "look" {
    run "shell" { cmd = "echo publishing $GET_RELEASES_TAG" }
  }
}

job "maintain" {
  get "git" "maintained" {
    trigger = true
    version = "every"
  }
  task "look" {
    run "shell" { cmd = "echo testing $GET_MAINTAINED_BRANCH" }
  }
}

job "review" {
  get "git" "pull-requests" {
    trigger = true
    version = "every"
  }
  task "look" {
    run "shell" { cmd = "echo testing pull request $GET_PULL_REQUESTS_PR" }
  }
}
