/** `--db-url`: everything about a database server in one line, as its own programs write it. */
import { CodedError } from '../lib/coded-error.ts';

export interface DatabaseUrl {
  readonly system: DatabaseSystem;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly name: string | undefined;
  /** `trusting`: encrypted, whoever is at the other end, unless there is an authority to hold against it. As libpq reads its `require`. */
  readonly tls: 'off' | 'trusting' | 'verified' | undefined;
  /** Files in PEM. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

export type DatabaseSystem = 'postgresql' | 'mysql';

const SYSTEMS: Readonly<Record<string, DatabaseSystem>> = {
  'postgresql:': 'postgresql',
  'postgres:': 'postgresql',
  'mysql:': 'mysql',
  'mariadb:': 'mysql',
};

const TLS_MODES: Readonly<Record<DatabaseSystem, Readonly<Record<string, DatabaseUrl['tls']>>>> = {
  postgresql: { disable: 'off', require: 'trusting', 'verify-ca': 'verified', 'verify-full': 'verified' },
  mysql: { DISABLED: 'off', REQUIRED: 'trusting', VERIFY_CA: 'verified', VERIFY_IDENTITY: 'verified' },
};

/** How each writes what stands behind the question mark. */
const PARAMETERS: Readonly<Record<DatabaseSystem, Readonly<Record<'host' | 'mode' | 'ca' | 'cert' | 'key', string>>>> =
  {
    postgresql: { host: 'host', mode: 'sslmode', ca: 'sslrootcert', cert: 'sslcert', key: 'sslkey' },
    mysql: { host: 'socket', mode: 'ssl-mode', ca: 'ssl-ca', cert: 'ssl-cert', key: 'ssl-key' },
  };

/** Error: `usage.bad_value`, which never shows the text: a password may be in it. */
export function readDatabaseUrl(text: string): DatabaseUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) {
    throw refused(
      'is no address',
      'write postgresql://user@host:5432/name; in a password @ is written as %40, : as %3A, / as %2F, # as %23, or give it with --db-password-file',
    );
  }
  const system = SYSTEMS[url.protocol];
  if (system === undefined) {
    throw refused(`begins with ${url.protocol}//`, `it begins with ${Object.keys(SYSTEMS).join('// or ')}//`);
  }
  const names = PARAMETERS[system];
  for (const name of url.searchParams.keys()) {
    if (!Object.values(names).includes(name)) {
      throw refused(`has ?${name}=`, `it may have ${Object.values(names).join(', ')}`);
    }
  }
  const modes = TLS_MODES[system];
  const mode = url.searchParams.get(names.mode);
  if (mode !== null && !(mode in modes)) {
    throw refused(`has ${names.mode}=${mode}`, `give one of ${Object.keys(modes).join(', ')}`);
  }
  const parameter = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
  return {
    system,
    host: parameter(names.host) ?? part(url.hostname.replace(/^\[|\]$/g, '')),
    port: url.port === '' ? undefined : Number(url.port),
    user: part(url.username),
    password: part(url.password),
    name: part(url.pathname.replace(/^\//, '')),
    tls: mode === null ? undefined : modes[mode],
    ca: parameter(names.ca),
    cert: parameter(names.cert),
    key: parameter(names.key),
  };
}

function part(encoded: string): string | undefined {
  if (encoded === '') return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch (error) {
    if (error instanceof URIError) throw refused('has a % that is none', 'write a % as %25');
    throw error;
  }
}

const refused = (what: string, hint: string): CodedError =>
  new CodedError('usage.bad_value', `--db-url ${what}`, { hint });
