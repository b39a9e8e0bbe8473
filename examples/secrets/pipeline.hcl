# Where secrets come from, where they may stand, and what the log shows of them.
#   pikoci run --pipeline-config pipeline.hcl --job show
variable "password" {
  secret "file" {
    path = "secrets/database.json"
    key  = "password"
  }
}

# The whole of a JSON file: an object.
variable "database" {
  secret "file" { path = "secrets/database.json" }
}

variable "mail_password" {
  secret "file" {
    path = "secrets/mail.env"
    key  = "SMTP_PASSWORD"
  }
}

# No ending that it knows: the text as it is.
variable "deploy_key" {
  secret "file" { path = "secrets/deploy-key" }
}

# One secret says where the other is. Both are fetched just before the step that needs them.
variable "where" {
  secret "file" { path = "secrets/where" }
}

variable "access_key" {
  secret "file" {
    path = var.where
    key  = "production.access_key"
  }
}

# The server's own: pikoci secrets set token
variable "token" {
  secret "pikoci" { path = "token" }
}

# Made of a secret, so it is one.
locals {
  header = "Authorization: Basic ${base64encode("${var.database.user}:${var.password}")}"
}

job "show" {
  task "environment" {
    run "shell" { cmd = "echo \"password $PASSWORD, mail $MAIL, access $ACCESS\"; echo \"$KEY\"" }
    env = {
      PASSWORD = var.password
      MAIL     = var.mail_password
      ACCESS   = var.access_key
      KEY      = var.deploy_key
    }
  }

  # In a script it reaches the shell by a private file, and no list of processes shows it.
  task "script" {
    run "shell" {
      cmd = <<-EOT
        echo "the words around it stay: ${local.header}"
        echo "shouted: ${upper(var.password)}, encoded: $(printf %s '${var.password}' | base64)"
      EOT
    }
  }

  # What a step finds out and nobody knew before.
  task "login" {
    run "shell" {
      cmd = <<-EOT
        session="session-$((800 + 15))"
        echo "$session" >> "$PIKOCI_MASK"
        echo "SESSION=$session" >> "$PIKOCI_OUTPUT"
        echo "logged in: $session"
      EOT
    }
  }

  task "use" {
    run "shell" { cmd = "echo \"still secret: $TASK_LOGIN_SESSION\"" }
  }
}

job "publish" {
  task "push" {
    run "shell" { cmd = "echo \"pushing with $TOKEN, ${length(var.token)} characters\"" }
    env = { TOKEN = var.token }
  }
}
