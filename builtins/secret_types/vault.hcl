# HashiCorp Vault's key-value store, version 1 or 2, over HTTP. `path` is the API's path (`secret/data/db` for version 2), `key` the field.
#
#   secret_type "vault" {
#     source  = "pikoci://vault"
#     address = "https://vault.example.org"
#     token   = var.vault_token
#   }
#
# Without `address` and `token`: VAULT_ADDR and VAULT_TOKEN of the worker.
secret_type "vault" {
  params   = ["path", "key", "address", "token", "namespace"]
  required = ["path"]
  pass_env = ["VAULT_ADDR", "VAULT_TOKEN", "VAULT_NAMESPACE"]

  get "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin vault-get"]
  }
}
