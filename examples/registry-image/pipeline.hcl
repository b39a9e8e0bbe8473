# An image is made and pushed without docker, found by its version, and its files are looked at.
variable "registry" {
  type    = string
  default = "127.0.0.1:5000"
}

resource "registry-image" "app" {
  params {
    repository = "${var.registry}/org/app"
    tag        = "1.*"
  }
}

job "publish" {
  task "build" {
    run "shell" {
      cmd = <<-EOT
        mkdir root && echo hello > root/motd
        tar -cf layer.tar -C root .
        echo '{ "os": "linux", "architecture": "amd64", "config": {} }' > config.json
        echo '[{ "Config": "config.json", "Layers": ["layer.tar"] }]' > manifest.json
        tar -cf image.tar manifest.json config.json layer.tar
      EOT
    }
  }
  put "registry-image" "app" {
    image           = "image.tar"
    tag             = "1.4.0"
    additional_tags = ["1.3.9", "latest"]
    no_get          = true
  }
}

job "look" {
  get "registry-image" "app" {
    trigger = true
    params { format = "rootfs" }
  }
  task "look" {
    run "shell" { cmd = "echo $(cat app/tag) says $(cat app/rootfs/motd)" }
  }
}
