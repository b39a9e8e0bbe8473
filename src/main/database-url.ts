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

export type DatabaseSystem = 'postgresql';

const SYSTEMS: Readonly<Record<string, DatabaseSystem>> = { 'postgresql:': 'postgresql', 'postgres:': 'postgresql' };

const TLS_MODES: Readonly<Record<string, DatabaseUrl['tls']>> = {
  disable: 'off',
  require: 'trusting',
  'verify-ca': 'verified',
  'verify-full': 'verified',
};

const PARAMETERS = ['host', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey'];

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
  for (const name of url.searchParams.keys()) {
    if (!PARAMETERS.includes(name)) throw refused(`has ?${name}=`, `it may have ${PARAMETERS.join(', ')}`);
  }
  const mode = url.searchParams.get('sslmode');
  if (mode !== null && !(mode in TLS_MODES)) {
    throw refused(`has sslmode=${mode}`, `give one of ${Object.keys(TLS_MODES).join(', ')}`);
  }
  const parameter = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
  return {
    system,
    host: parameter('host') ?? part(url.hostname.replace(/^\[|\]$/g, '')),
    port: url.port === '' ? undefined : Number(url.port),
    user: part(url.username),
    password: part(url.password),
    name: part(url.pathname.replace(/^\//, '')),
    tls: mode === null ? undefined : TLS_MODES[mode],
    ca: parameter('sslrootcert'),
    cert: parameter('sslcert'),
    key: parameter('sslkey'),
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
