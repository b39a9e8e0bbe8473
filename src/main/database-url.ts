/** `--db-url`: everything about a database server in one line, as its own programs write it. */
import { part, refusedUrl as refused } from './database-url-part.ts';
import { isMongoUrl, type MongoUrlParts, readMongoUrl } from './mongodb-url.ts';

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
  readonly mongo?: MongoUrlParts;
}

export type DatabaseSystem = SqlSystem | 'mongodb';
type SqlSystem = 'postgresql' | 'mysql';

const SYSTEMS: Readonly<Record<string, SqlSystem>> = {
  'postgresql:': 'postgresql',
  'postgres:': 'postgresql',
  'mysql:': 'mysql',
  'mariadb:': 'mysql',
};

const TLS_MODES: Readonly<Record<SqlSystem, Readonly<Record<string, DatabaseUrl['tls']>>>> = {
  postgresql: { disable: 'off', require: 'trusting', 'verify-ca': 'verified', 'verify-full': 'verified' },
  mysql: { DISABLED: 'off', REQUIRED: 'trusting', VERIFY_CA: 'verified', VERIFY_IDENTITY: 'verified' },
};

/** How each writes what stands behind the question mark. */
const PARAMETERS: Readonly<Record<SqlSystem, Readonly<Record<'host' | 'mode' | 'ca' | 'cert' | 'key', string>>>> = {
  postgresql: { host: 'host', mode: 'sslmode', ca: 'sslrootcert', cert: 'sslcert', key: 'sslkey' },
  mysql: { host: 'socket', mode: 'ssl-mode', ca: 'ssl-ca', cert: 'ssl-cert', key: 'ssl-key' },
};

/** Error: `usage.bad_value`, which never shows the text: a password may be in it. */
export function readDatabaseUrl(text: string): DatabaseUrl {
  if (isMongoUrl(text)) return readMongoUrl(text);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) {
    throw refused(
      'is no address',
      'write postgresql://user@host:5432/name; in a password @ is written as %40, : as %3A, / as %2F, # as %23, or give it with --db-password-file',
    );
  }
  const system = SYSTEMS[url.protocol];
  if (system === undefined) {
    throw refused(
      `begins with ${url.protocol}//`,
      `it begins with ${[...Object.keys(SYSTEMS), 'mongodb:'].join('// or ')}//`,
    );
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
