import { type Client, createClient } from '../../client/client.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { findLogin, listLogins, loginsDir } from '../../lib/system/kept-logins.ts';
import { findLocalServers, type LocalServer, localServersDir } from '../../lib/system/local-token.ts';
import type { CommandContext } from '../context.ts';

/**
 * The server a command talks to. `--url` (or `PIKOCI_URL`) says which; without it, the one of this account on this machine that was started
 * last, or else the only one that `pikoci login` signed in to. The token is `PIKOCI_TOKEN`, or that of `pikoci login`, or what a server on this machine left
 * for its own account. Throws `usage.no_server`.
 */
export async function connect(url: string | undefined, context: CommandContext): Promise<Client> {
  const wanted = url ?? present(context.env.PIKOCI_URL);
  const token = present(context.env.PIKOCI_TOKEN);
  if (wanted !== undefined) checkUrl(wanted);
  const local = await findLocalServers(localServersDir(context.env, context.cwd));
  const found = wanted === undefined ? local[0] : local.find((server) => isSameServer(server, wanted));
  const logins = loginsDir(context.env, context.cwd);
  const all = wanted === undefined && found === undefined ? await listLogins(logins) : [];
  const baseUrl = wanted ?? found?.url ?? (all.length === 1 ? all[0]?.url : undefined);
  if (baseUrl === undefined) {
    throw new CodedError('usage.no_server', 'no server of yours runs on this machine', {
      hint: 'start one with pikoci server, or name one with --url (and PIKOCI_TOKEN)',
    });
  }
  const login = token === undefined ? await findLogin(logins, baseUrl) : undefined;
  return createClient({ baseUrl, token: token ?? login?.token ?? found?.token });
}

function present(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

export function checkUrl(url: string): void {
  if (/^https?:$/.test(URL.parse(url)?.protocol ?? '')) return;
  throw new CodedError('usage.bad_value', `--url: ${JSON.stringify(url)} is not the address of a server`, {
    hint: 'write it as http://127.0.0.1:8080',
  });
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** A token is given to the server that left it, and to no other: same port, and on this machine. */
function isSameServer(server: LocalServer, url: string): boolean {
  const [left, wanted] = [new URL(server.url), new URL(url)];
  if (left.protocol !== wanted.protocol || left.port !== wanted.port) return false;
  return left.hostname === wanted.hostname || (LOOPBACK.test(left.hostname) && LOOPBACK.test(wanted.hostname));
}
