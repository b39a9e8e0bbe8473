/** A token to read with: the one that was given, or one for the time of a read, which Vault gives to a role. */
import { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import type { Json } from '../../lib/json.ts';
import { notVault, type VaultClient } from './vault-client.ts';
import type { VaultLogin } from './vault-settings.ts';

/** A Vault that hangs must not hide the error that told of it. */
const REVOKE_MS = 5_000;

const loggedIn = z.object({ auth: z.object({ client_token: z.string().min(1) }) });

export async function withVaultToken<Result>(
  client: VaultClient,
  login: VaultLogin,
  use: (token: string) => Promise<Result>,
): Promise<Result> {
  if (login.kind === 'token') return await use(login.token);
  const token = await logIn(client, login);
  try {
    return await use(token);
  } finally {
    // Builds log in often, and every token that is left counts as a lease of Vault's. One that it will not end now ends by itself.
    const revoke = { method: 'POST', path: 'auth/token/revoke-self', token, timeoutMs: REVOKE_MS } as const;
    await client.ask(revoke, () => undefined).catch(() => undefined);
  }
}

async function logIn(client: VaultClient, login: Exclude<VaultLogin, { kind: 'token' }>): Promise<string> {
  const path = `auth/${login.mount}/login`;
  const answer = await client.ask({ method: 'POST', path, body: bodyOf(login) }, ({ status, said }) => {
    if (status === 404 || / no handler /.test(said)) {
      return new CodedError('vault_login', `Vault has no login at ${path}.${said}`, {
        hint: 'Is it mounted under another name? Then write auth_mount = "NAME"; in a namespace, name that, too.',
      });
    }
    return new CodedError('vault_login', `Vault does not let this role log in at ${path}.${said}`, {
      hint:
        login.kind === 'approle'
          ? 'Are role_id and secret_id right, and the secret id neither used up nor expired?'
          : 'Does Vault know this server as an issuer (oidc_discovery_url), and does the role allow the audience and the claims of this build?',
    });
  });
  const parsed = loggedIn.safeParse(answer);
  if (!parsed.success) throw notVault(client.origin);
  return parsed.data.auth.client_token;
}

function bodyOf(login: Exclude<VaultLogin, { kind: 'token' }>): Json {
  if (login.kind === 'jwt') return { jwt: login.jwt, ...(login.role !== undefined && { role: login.role }) };
  return { role_id: login.roleId, ...(login.secretId !== undefined && { secret_id: login.secretId }) };
}
