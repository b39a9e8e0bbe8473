import { CodedError } from '../../lib/coded-error.ts';

export interface NatsAddress {
  /** `host:port`, for the library; several of one cluster. */
  readonly servers: readonly string[];
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Of a server that asks for a token alone. */
  readonly token?: string | undefined;
  /** Nothing is said before the connection is encrypted. */
  readonly tls: boolean;
}

const DEFAULT_PORT = '4222';

const malformed = (why: string): CodedError =>
  // Its text may hold a password: it is not repeated.
  new CodedError('usage.bad_value', `the address of the NATS server cannot be read: ${why}`, {
    hint: 'write nats://HOST:4222 or tls://USER:PASSWORD@HOST:4222; several of one cluster with commas between',
  });

/** Reads `nats://user:password@host:4222`, or several with commas between. Throws `usage.bad_value`. */
export function readNatsAddress(text: string): NatsAddress {
  const urls = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(readUrl);
  if (urls.length === 0) throw malformed('it is empty');
  const known = urls.find(({ username }) => username !== '');
  const user = known && decodeURIComponent(known.username);
  const password = known && decodeURIComponent(known.password);
  return {
    servers: urls.map(({ hostname, port }) => `${hostname}:${port === '' ? DEFAULT_PORT : port}`),
    ...(password === '' ? { token: user } : { user, password }),
    tls: urls.some(({ protocol }) => protocol === 'tls:'),
  };
}

function readUrl(part: string): URL {
  const text = part.includes('://') ? part : `nats://${part}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '') throw malformed('it is no URL');
  if (url.protocol !== 'nats:' && url.protocol !== 'tls:')
    throw malformed('it begins neither with nats:// nor with tls://');
  return url;
}
