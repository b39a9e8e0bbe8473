/**
 * A small server that speaks the key-value API of HashiCorp Vault, versions 1 and 2, and its AppRole login, as its documentation describes
 * them: `X-Vault-Token` (or a bearer token), 403 for one that is wrong, 404 with an empty list of errors for what is not there, 503 while it is
 * sealed, and what belongs to a namespace only there (`X-Vault-Namespace`).
 *
 *     await using vault = await startVaultServer({ token: 't' });
 *     vault.put('secret/data/db', { password: 'hunter2' });
 */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { text } from 'node:stream/consumers';

type Secret = Readonly<Record<string, unknown>>;

export interface VaultServer extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  /** Method and path of every request so far, never its token. */
  readonly requests: readonly string[];
  /** Tokens that a login gave and that were not given back. */
  readonly openLogins: number;
  /** A new version of a secret under its API path: `secret/data/NAME` for the mount of version 2, `kv/NAME` for that of version 1. */
  put(path: string, secret: Secret, namespace?: string): void;
  /** Marks the newest version deleted, as `vault kv delete` does. */
  delete(path: string): void;
  seal(sealed: boolean): void;
}

interface Stored {
  readonly secret: Secret;
  readonly created: string;
  deleted: string;
}

/** Where the two versions are mounted. */
const MOUNT_V2 = 'secret/data/';
const MOUNT_V1 = 'kv/';

export interface VaultOptions {
  readonly token?: string;
  /** Who may log in at `auth/MOUNT/login`. */
  readonly appRole?: { readonly mount: string; readonly roleId: string; readonly secretId: string };
  /** Who may log in at `auth/MOUNT/login` with a token of another issuer. */
  readonly jwt?: { readonly mount: string; readonly role: string; readonly trusts: (jwt: string) => Promise<boolean> };
  /** PEM: it then speaks https, as `localhost`. */
  readonly tls?: { readonly key: string; readonly certificate: string };
}

export async function startVaultServer(options: VaultOptions = {}): Promise<VaultServer> {
  const token = options.token ?? 'hvs.test';
  const logins = new Set<string>();
  const versions = new Map<string, Stored[]>();
  const requests: string[] = [];
  let sealed = false;

  const loggedIn = (): { status: number; body: unknown } => {
    const login = `hvs.login-${crypto.randomUUID()}`;
    logins.add(login);
    return { status: 200, body: { ...envelope(null), auth: { client_token: login, lease_duration: 60 } } };
  };

  const logIn = async (path: string, body: unknown): Promise<{ status: number; body: unknown }> => {
    const { appRole, jwt } = options;
    const sent = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
    if (jwt !== undefined && path === `auth/${jwt.mount}/login`) {
      const trusted = sent.role === jwt.role && (await jwt.trusts(String(sent.jwt)));
      return trusted ? loggedIn() : { status: 400, body: { errors: ['error validating token'] } };
    }
    if (appRole === undefined || path !== `auth/${appRole.mount}/login`) {
      return { status: 404, body: { errors: [`no handler for route "${path}". route entry not found.`] } };
    }
    if (sent.role_id !== appRole.roleId || sent.secret_id !== appRole.secretId) {
      return { status: 400, body: { errors: ['invalid role or secret ID'] } };
    }
    return loggedIn();
  };

  const answer = async (request: IncomingMessage, sent: unknown): Promise<{ status: number; body: unknown }> => {
    const url = new URL(request.url ?? '/', 'http://vault');
    const path = decodeURIComponent(url.pathname).replace(/^\/v1\//, '');
    if (path === 'sys/health')
      return { status: sealed ? 503 : 200, body: { initialized: true, sealed, standby: false } };
    if (sealed) return { status: 503, body: { errors: ['Vault is sealed'] } };
    if (/^auth\/.*\/login$/.test(path) && request.method === 'POST') return logIn(path, sent);
    const shown = tokenOf(request) ?? '';
    if (path === 'auth/token/revoke-self' && logins.delete(shown)) return { status: 200, body: envelope(null) };
    if (shown !== token && !logins.has(shown)) return { status: 403, body: { errors: ['permission denied'] } };
    if (request.method !== 'GET') return { status: 405, body: { errors: ['unsupported operation'] } };
    const namespace = String(request.headers['x-vault-namespace'] ?? '');
    const stored = versions.get(`${namespace} ${path}`) ?? [];
    const asked = Number(url.searchParams.get('version') ?? 0);
    const number = asked === 0 ? stored.length : asked;
    const version = stored[number - 1];
    if (!version) return { status: 404, body: { errors: [] } };
    if (path.startsWith(MOUNT_V1)) return { status: 200, body: envelope(version.secret) };
    const metadata = {
      created_time: version.created,
      custom_metadata: null,
      deletion_time: version.deleted,
      destroyed: false,
      version: number,
    };
    if (version.deleted !== '') return { status: 404, body: envelope({ data: null, metadata }) };
    return { status: 200, body: envelope({ data: version.secret, metadata }) };
  };

  const listener: RequestListener = async (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const sent = await text(request);
    const { status, body } = await answer(request, sent === '' ? undefined : JSON.parse(sent));
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(`${JSON.stringify(body)}\n`);
  };
  const { tls } = options;
  const server =
    tls === undefined ? createServer(listener) : createSecureServer({ key: tls.key, cert: tls.certificate }, listener);
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;

  return {
    url: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    token,
    requests,
    get openLogins() {
      return logins.size;
    },
    put(path, secret, namespace = '') {
      if (!path.startsWith(MOUNT_V2) && !path.startsWith(MOUNT_V1)) {
        throw new Error(`${path}: this server mounts ${MOUNT_V2} and ${MOUNT_V1}`);
      }
      const place = `${namespace} ${path}`;
      const kept = path.startsWith(MOUNT_V1) ? [] : (versions.get(place) ?? []);
      versions.set(place, [...kept, { secret, created: new Date().toISOString(), deleted: '' }]);
    },
    delete(path) {
      const newest = versions.get(` ${path}`)?.at(-1);
      if (newest) newest.deleted = new Date().toISOString();
    },
    seal(value) {
      sealed = value;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function tokenOf(request: IncomingMessage): string | undefined {
  const header = request.headers['x-vault-token'];
  if (typeof header === 'string') return header;
  return /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** What Vault puts around every answer that reads something. */
function envelope(data: unknown): Record<string, unknown> {
  return {
    request_id: crypto.randomUUID(),
    lease_id: '',
    renewable: false,
    lease_duration: 0,
    data,
    wrap_info: null,
    warnings: null,
    auth: null,
  };
}
