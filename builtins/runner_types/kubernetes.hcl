# Runs a script in a pod of its own, by way of `kubectl`: the directory of the build goes there and comes back, the script and the environment go in
# by the standard input. The image needs a shell and tar. The pod is deleted after the step; one whose worker is gone ends after a day.
runner_type "kubernetes" {
  params = [
    "image",           # The image of its container.
    "cmd",             # The script.
    "namespace",       # Where the pod is made; what the kubeconfig says, unless given.
    "context",         # Which cluster of the kubeconfig.
    "kubeconfig",      # The path of one on the worker. Unless given, that of the worker's account, or the service account of the worker's own pod.
    "service_account", # Of the pod.
    "memory",          # How much memory it is given, and may take: `"512Mi"`.
    "cpus",            # How many processors: `"1.5"`.
    "start_timeout",   # How long it may take until the pod runs; `"5m"` unless given.
    "shell",           # What reads the script there; `/bin/sh` unless given.
    "dir",             # Where it starts; the directory of the build, unless given.
  ]
  required = ["image", "cmd"]
  workdir  = "/workdir"

  error_exit_codes = [255]

  run {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin kubernetes-run"]
    env = {
      runner_image           = "$image"
      runner_namespace       = "$namespace"
      runner_context         = "$context"
      runner_kubeconfig      = "$kubeconfig"
      runner_service_account = "$service_account"
      runner_memory          = "$memory"
      runner_cpus            = "$cpus"
      runner_start_timeout   = "$start_timeout"
      runner_shell           = "$shell"
      runner_dir             = "$dir"
      runner_cmd             = "$cmd"
      runner_container       = "$container"
      runner_directory       = "$WORKDIR"
      runner_env_names       = "$env"
    }
  }

  cleanup {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin kubernetes-cleanup"]
    env = {
      runner_namespace  = "$namespace"
      runner_context    = "$context"
      runner_kubeconfig = "$kubeconfig"
      runner_container  = "$container"
    }
  }
}
