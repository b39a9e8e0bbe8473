/**
 * A small server that speaks the key-value API of HashiCorp Vault, versions 1 and 2, as its documentation describes it: `X-Vault-Token` (or a
 * bearer token), 403 for one that is wrong, 404 with an empty list of errors for what is not there, 503 while it is sealed.
 *
 *     await using vault = await startVaultServer({ token: 't' });
 *     vault.put('secret/data/db', { password: 'hunter2' });
 */
import { createServer, type IncomingMessage } from 'node:http';

type Secret = Readonly<Record<string, unknown>>;

export interface VaultServer extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  /** Method and path of every request so far, never its token. */
  readonly requests: readonly string[];
  /** A new version of a secret under its API path: `secret/data/NAME` for the mount of version 2, `kv/NAME` for that of version 1. */
  put(path: string, secret: Secret): void;
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

export async function startVaultServer(options: { readonly token?: string } = {}): Promise<VaultServer> {
  const token = options.token ?? 'hvs.test';
  const versions = new Map<string, Stored[]>();
  const requests: string[] = [];
  let sealed = false;

  const answer = (request: IncomingMessage): { status: number; body: unknown } => {
    const url = new URL(request.url ?? '/', 'http://vault');
    const path = decodeURIComponent(url.pathname).replace(/^\/v1\//, '');
    if (path === 'sys/health')
      return { status: sealed ? 503 : 200, body: { initialized: true, sealed, standby: false } };
    if (sealed) return { status: 503, body: { errors: ['Vault is sealed'] } };
    if (tokenOf(request) !== token) return { status: 403, body: { errors: ['permission denied'] } };
    if (request.method !== 'GET') return { status: 405, body: { errors: ['unsupported operation'] } };
    const stored = versions.get(path) ?? [];
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

  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const { status, body } = answer(request);
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(`${JSON.stringify(body)}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();

  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    token,
    requests,
    put(path, secret) {
      if (!path.startsWith(MOUNT_V2) && !path.startsWith(MOUNT_V1)) {
        throw new Error(`${path}: this server mounts ${MOUNT_V2} and ${MOUNT_V1}`);
      }
      const kept = path.startsWith(MOUNT_V1) ? [] : (versions.get(path) ?? []);
      versions.set(path, [...kept, { secret, created: new Date().toISOString(), deleted: '' }]);
    },
    delete(path) {
      const newest = versions.get(path)?.at(-1);
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
function envelope(data: unknown): unknown {
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
