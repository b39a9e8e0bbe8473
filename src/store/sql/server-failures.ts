/** Failures on the way to a database server, which are the same for all of them, in words. */
import { CodedError, errorText } from '../../lib/coded-error.ts';
import { CONNECT_TIMEOUT_MS } from './database-server.ts';

export interface Failure {
  readonly code: string;
  /** Goes on from "the database user@host:port/name". */
  readonly what: string;
  readonly hint: string;
}

export const GIVE_PASSWORD = 'give it with --db-password-file FILE, or in PIKOCI_DB_PASSWORD';
export const CHECK_PASSWORD = `check --db-user, and its password: ${GIVE_PASSWORD}`;

export const TLS_REFUSED: Failure = {
  code: 'store.tls',
  what: 'does not speak TLS',
  hint: 'turn it on there, or leave --db-tls out',
};

export const NO_ANSWER: Failure = {
  code: 'store.unreachable',
  what: `gave no answer within ${CONNECT_TIMEOUT_MS / 1000} s`,
  hint: 'check --db-host and --db-port, and a firewall in between; is it overloaded?',
};

export const LOST: Failure = { code: 'store.unreachable', what: 'was lost', hint: 'it is tried again' };

/** Trying again does not help. */
export const UNSTORABLE: Failure = {
  code: 'store.unstorable',
  what: 'cannot hold a value',
  hint: 'it is too long, too large, or none of its kind',
};

export const NOT_TRUSTED: Failure = {
  code: 'store.tls',
  what: 'has a certificate that is not trusted here',
  hint: 'name the authority that signed it with --db-tls-ca FILE; the certificate must be for the name in --db-host',
};

export const NO_AGREEMENT: Failure = {
  code: 'store.tls',
  what: 'and this pikoci do not agree on TLS',
  hint: 'check the files of --db-tls-ca, --db-tls-cert and --db-tls-key',
};

export const TLS_WANTED: Failure = { code: 'store.tls', what: 'wants TLS', hint: 'add --db-tls' };

/** By the beginnings of the names that Node gives to failures of the system and of TLS. */
const FAILURES: readonly (readonly [beginning: string, failure: Failure | undefined])[] = [
  [
    'ECONNREFUSED',
    { code: 'store.unreachable', what: 'does not answer', hint: 'is it running? check --db-host and --db-port' },
  ],
  ['ENOTFOUND', { code: 'store.unreachable', what: 'is not found', hint: 'check --db-host' }],
  ['EAI_AGAIN', { code: 'store.unreachable', what: 'is not found', hint: 'check --db-host, and the name server' }],
  ['ENOENT', { code: 'store.unreachable', what: 'has no socket there', hint: 'is it running? check --db-host' }],
  ['ETIMEDOUT', NO_ANSWER],
  ['ECONNRESET', LOST],
  ['EPIPE', LOST],
  ['ERR_TLS_CERT', NOT_TRUSTED],
  ['ERR_TLS', NO_AGREEMENT],
  ['ERR_SSL', NO_AGREEMENT],
  ['ERR_OSSL', NO_AGREEMENT],
  ['ERR_BORINGSSL', NO_AGREEMENT],
  // A mistake in how Node was used, and what MySQL says that only a bug can cause.
  ['ERR_', undefined],
  ['ER_', undefined],
  ['E', { code: 'store.unreachable', what: 'cannot be reached', hint: 'check --db-host, --db-port and the network' }],
  ['CERT_', NOT_TRUSTED],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', NOT_TRUSTED],
  ['SELF_SIGNED_CERT', NOT_TRUSTED],
  ['UNABLE_TO_', NOT_TRUSTED],
];

export function networkFailure(error: Error): Failure | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return code === undefined ? undefined : FAILURES.find(([beginning]) => code.startsWith(beginning))?.[1];
}

/** `where` names the database, without a password. */
export function failureError({ code, what, hint }: Failure, error: Error, where: string): CodedError {
  return new CodedError(code, `the database ${where} ${what} (${errorText(error)})`, { hint, cause: error });
}
