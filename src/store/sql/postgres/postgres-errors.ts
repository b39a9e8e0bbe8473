import { CodedError, errorText } from '../../../lib/coded-error.ts';

interface Failure {
  readonly code: string;
  readonly what: string;
  readonly hint: string;
}

/** What people can do something about: by SQLSTATE, or by the beginning of one; and by the names of system errors. */
const FAILURES: readonly (readonly [state: string, failure: Failure])[] = [
  ['28', { code: 'store.denied', what: 'refuses the user or the password', hint: 'check --db-user and --db-password' }],
  ['3D000', { code: 'store.no_database', what: 'has no database of that name', hint: 'make it, or check --db-name' }],
  [
    '42501',
    { code: 'store.denied', what: 'does not allow it', hint: 'the user needs to own the database, or its schema' },
  ],
  ['25006', { code: 'store.read_only', what: 'cannot be written', hint: 'is it a standby? give the primary' }],
  [
    '53100',
    { code: 'store.full', what: 'could not grow: its disk is full', hint: 'make room on its disk; nothing was lost' },
  ],
  [
    '53',
    { code: 'store.busy', what: 'has no room for more', hint: 'raise its max_connections, or lower --db-connections' },
  ],
  ['57P', { code: 'store.unreachable', what: 'is shutting down or starting', hint: 'it is tried again' }],
  ['08', { code: 'store.unreachable', what: 'was lost', hint: 'it is tried again' }],
  [
    'ECONNREFUSED',
    { code: 'store.unreachable', what: 'does not answer', hint: 'is it running? check --db-host and --db-port' },
  ],
  ['ENOTFOUND', { code: 'store.unreachable', what: 'is not found', hint: 'check --db-host' }],
  ['EAI_AGAIN', { code: 'store.unreachable', what: 'is not found', hint: 'check --db-host, and the name server' }],
  ['E', { code: 'store.unreachable', what: 'cannot be reached', hint: 'check --db-host, --db-port and the network' }],
];

/** The failure as a CodedError `store.*`; what no person can mend (a broken constraint, wrong SQL) stays as it is: a bug. `where` has no password in it. */
export function postgresFailure(error: unknown, where: string): unknown {
  if (!(error instanceof Error) || error instanceof CodedError) return error;
  const state = stateOf(error);
  const failure = FAILURES.find(([beginning]) => state?.startsWith(beginning) === true)?.[1] ?? unnamed(error);
  if (failure === undefined) return error;
  return new CodedError(failure.code, `the database ${where} ${failure.what} (${errorText(error)})`, {
    hint: failure.hint,
    cause: error,
  });
}

const stateOf = (error: Error): string | undefined =>
  'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** The driver's own, which have no code. */
function unnamed(error: Error): Failure | undefined {
  if (/terminated|timeout exceeded|not queryable|Client was closed/i.test(error.message)) {
    return { code: 'store.unreachable', what: 'was lost', hint: 'it is tried again' };
  }
  if (/does not support SSL/i.test(error.message)) {
    return { code: 'store.no_tls', what: 'does not speak TLS', hint: 'turn it on there, or leave --db-tls out' };
  }
  return undefined;
}

/** Undone only because of others at the same time: a serialization failure, or a deadlock. */
export function isPostgresClash(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const state = stateOf(error);
  return state === '40001' || state === '40P01';
}
