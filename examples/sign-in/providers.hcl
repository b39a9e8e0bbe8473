providers = {
  github = {
    kind               = "github"
    client_id          = "Iv1.0123456789abcdef"
    client_secret_file = "github-secret"

    allow = { groups = ["acme"] }
    rules = [
      { group = "acme", team = "main", role = "read" },
      { group = "acme/builders", team = "main", role = "maintain" },
    ]
  }
  company = {
    kind               = "oidc"
    label              = "Example Inc."
    url                = "https://id.example.com/realms/main"
    client_id          = "pikoci"
    client_secret_file = "company-secret"
    allow              = { domains = ["example.com"] }
  }
}
