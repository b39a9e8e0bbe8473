# HashiCorp Vault's key-value store, version 1 or 2, over HTTP. `path` is the API's path (`secret/data/db` for version 2), `key` the field.
#
#   secret_type "vault" {
#     source  = "pikoci://vault"
#     address = "https://vault.example.org"
#     token   = var.vault_token
#   }
#
# Without `address` and `token`: VAULT_ADDR and VAULT_TOKEN of the worker. Instead of a token a role: `role_id` and `secret_id` (AppRole).
secret_type "vault" {
  params = [
    "path",       # The path of the API: `secret/data/db` in version 2 of the store, `secret/db` in version 1.
    "key",        # Which field of what is found there.
    "address",    # Where Vault is; `VAULT_ADDR` of the worker, unless given.
    "token",      # `VAULT_TOKEN` of the worker, unless given.
    "role_id",    # A role to log in as instead (AppRole); `VAULT_ROLE_ID` of the worker, unless given.
    "secret_id",  # What goes with the role; `VAULT_SECRET_ID` of the worker, unless given.
    "jwt",        # A token that Vault trusts, to log in with instead: `secret "id_token"` of a build.
    "role",       # The role to log in as with it.
    "auth_mount", # Where the login is mounted, if not at `approle` or `jwt`.
    "namespace",  # `VAULT_NAMESPACE` of the worker, unless given.
    "ca_cert",    # The authority to trust: a PEM file on the worker, or its text; `VAULT_CACERT` of the worker, unless given.
  ]
  required = ["path"]
  pass_env = ["VAULT_ADDR", "VAULT_TOKEN", "VAULT_ROLE_ID", "VAULT_SECRET_ID", "VAULT_NAMESPACE", "VAULT_CACERT"]

  get "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin vault-get"]
  }
}
