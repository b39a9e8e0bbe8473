# A build shows who it is by a token that the server signs: nothing is stored that could be stolen.

job "deploy" {
  task "show" {
    id_token { aud = "https://cloud.example.com" }
    run "shell" {
      cmd = <<-EOT
        payload=$(printf %s "$PIKOCI_ID_TOKEN" | cut -d. -f2 | tr _- /+)
        case $(( $(printf %s "$payload" | wc -c) % 4 )) in
          2) payload="$payload==" ;;
          3) payload="$payload=" ;;
        esac
        printf %s "$payload" | base64 -d | tr , '\n' | grep -E '"(aud|sub)"'
        echo "the token: $PIKOCI_ID_TOKEN"
      EOT
    }
  }
}
