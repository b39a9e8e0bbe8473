# What lies at an address starts a job when it changes: a file by its headers, and the newest release that a JSON document names.
variable "address" {
  type    = string
  default = "http://127.0.0.1:8000"
}

resource "http" "rates" {
  check_interval = "@every 10m"
  params { url = "${var.address}/rates.csv" }
}

resource "http" "tool" {
  params {
    url          = "${var.address}/releases.json"
    json_path    = "$.releases[0].version"
    download_url = "${var.address}/tool-{version}.txt"
  }
}

job "show" {
  get "http" "rates" { trigger = true }
  get "http" "tool" { trigger = true }
  task "look" {
    run "shell" {
      cmd = "cat rates/rates.csv; echo version $GET_TOOL_VALUE; cat tool/tool-*.txt"
    }
  }
}
