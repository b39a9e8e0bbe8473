job "release" {
  task "tag" {
    run "shell" {
      cmd = "git tag v1.0.${BUILD_NUMBER} && git push origin v1.0.${BUILD_NUMBER}"
    }
  }
  task "default" {
    run "shell" {
      cmd = "make REGION=${REGION:-eu-west-1}"
    }
  }
}
