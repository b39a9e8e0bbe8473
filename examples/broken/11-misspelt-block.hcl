resourse "git" "app" {
  params {
    url = "https://github.com/org/app"
  }
}

job "test" {
  get "git" "app" { trigger = true }
  taks "unit" {
    run "shell" { cmd = "make test" }
  }
}
