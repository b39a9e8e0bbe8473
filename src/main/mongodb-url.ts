/** `mongodb://…` as MongoDB's own programs write it. It may name several servers, so it is no URL as others are. */
import type { DatabaseUrl } from './database-url.ts';
import { part, refusedUrl } from './database-url-part.ts';

/** What a server of MongoDB needs to be told beside what every database server does. */
export interface MongoUrlParts {
  /** Servers beside the first, each with its port. */
  readonly others?: readonly string[];
  readonly srv?: true;
  readonly replicaSet?: string;
  readonly authSource?: string;
}

/** What we decide ourselves, and addresses that are copied from somewhere have. */
const PASSED_OVER = ['retryWrites', 'retryReads', 'w', 'journal', 'appName', 'directConnection'];
const SWITCHES = ['tls', 'ssl', 'tlsInsecure', 'tlsAllowInvalidCertificates', 'tlsAllowInvalidHostnames'];
const NAMES = ['replicaSet', 'authSource', 'tlsCAFile', ...SWITCHES];
const PATTERN = /^mongodb(\+srv)?:\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/([^/?#]*))?(?:\?([^#]*))?$/;
const USUAL_PORT = 27_017;

export const isMongoUrl = (text: string): boolean => /^mongodb(\+srv)?:/.test(text);

/** Error: `usage.bad_value`, which never shows the text. */
export function readMongoUrl(text: string): DatabaseUrl {
  const [, srv, account, servers = '', name = '', query = ''] = PATTERN.exec(text) ?? [];
  const all = servers.split(',').map(serverOf);
  const [first, ...others] = all;
  if (first === undefined || all.includes(undefined)) {
    throw refusedUrl(
      'is no address',
      'write mongodb://user@host:27017/name; in a password @ is written as %40, : as %3A, / as %2F, # as %23, or give it with --db-password-file',
    );
  }
  const given = new URLSearchParams(query);
  for (const key of given.keys()) {
    if (![...NAMES, ...PASSED_OVER].includes(key)) throw refusedUrl(`has ?${key}=`, `it may have ${NAMES.join(', ')}`);
  }
  for (const key of SWITCHES) {
    if (!['true', 'false', null].includes(given.get(key)))
      throw refusedUrl(`has ${key}=${given.get(key)}`, 'give true or false');
  }
  const [user = '', password = ''] = account?.split(/:(.*)/s) ?? [];
  const [replicaSet, authSource] = [given.get('replicaSet'), given.get('authSource')];
  return {
    system: 'mongodb',
    ...{ host: part(first.host), port: first.port, user: part(user), password: part(password), name: part(name) },
    tls: tlsOf(given, srv !== undefined),
    ...{ ca: given.get('tlsCAFile') ?? undefined, cert: undefined, key: undefined },
    mongo: {
      ...(others.length > 0 && { others: others.flatMap((one) => (one === undefined ? [] : [textOf(one)])) }),
      ...(srv !== undefined && { srv: true as const }),
      ...(replicaSet !== null && { replicaSet }),
      // The database that an address names is where its user is looked for.
      ...((authSource ?? (account !== undefined && name !== '' ? name : null)) !== null && {
        authSource: authSource ?? decodeURIComponent(name),
      }),
    },
  };
}

interface NamedServer {
  readonly host: string;
  readonly port: number | undefined;
}

function serverOf(text: string): NamedServer | undefined {
  const [, name, address, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = name ?? address;
  return host === undefined ? undefined : { host, port: port === undefined ? undefined : Number(port) };
}

const textOf = ({ host, port = USUAL_PORT }: NamedServer): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

function tlsOf(given: URLSearchParams, srv: boolean): DatabaseUrl['tls'] {
  const said = given.get('tls') ?? given.get('ssl');
  if (said === 'false') return 'off';
  // Names of DNS are of servers that speak TLS, as MongoDB has it.
  if (said === null && !srv) return undefined;
  const trusts = SWITCHES.slice(2).some((key) => given.get(key) === 'true');
  return trusts ? 'trusting' : 'verified';
}
