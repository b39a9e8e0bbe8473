import { CodedError } from '../../../lib/coded-error.ts';
import {
  CHECK_PASSWORD,
  type Failure,
  failureError,
  GIVE_PASSWORD,
  LOST,
  NO_ANSWER,
  networkFailure,
  TLS_REFUSED,
  TLS_WANTED,
  UNSTORABLE,
} from '../server-failures.ts';

/** What people can do something about: by SQLSTATE, or by the beginning of one. */
const FAILURES: readonly (readonly [state: string, failure: Failure])[] = [
  ['28', { code: 'store.denied', what: 'refuses the user or the password', hint: CHECK_PASSWORD }],
  [
    '3D000',
    {
      code: 'store.no_database',
      what: 'has no database of that name',
      hint: 'check --db-name, or make it: createdb NAME',
    },
  ],
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
  ['22', UNSTORABLE],
  ['57P', { code: 'store.unreachable', what: 'is shutting down or starting', hint: 'it is tried again' }],
  ['08', LOST],
];

/** The failure as a CodedError `store.*`; what no person can mend (a broken constraint, wrong SQL) stays as it is: a bug. `where` has no password in it. */
export function postgresFailure(error: unknown, where: string): unknown {
  if (!(error instanceof Error) || error instanceof CodedError) return error;
  const state = stateOf(error);
  const failure =
    unnamed(error) ??
    FAILURES.find(([beginning]) => state?.startsWith(beginning) === true)?.[1] ??
    networkFailure(error);
  return failure === undefined ? error : failureError(failure, error, where);
}

const stateOf = (error: Error): string | undefined =>
  'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** What only the text tells: the driver's own failures, which have no code, and one that shares its code with others. */
function unnamed({ message }: Error): Failure | undefined {
  if (/no encryption|SSL off/.test(message)) return TLS_WANTED;
  if (/does not support SSL/i.test(message)) return TLS_REFUSED;
  if (/password must be a (non-empty )?string/i.test(message)) {
    return { code: 'store.denied', what: 'wants a password, and none was given', hint: GIVE_PASSWORD };
  }
  if (/timeout/i.test(message)) return NO_ANSWER;
  if (/terminated|not queryable|Client was closed/i.test(message)) {
    return LOST;
  }
  return undefined;
}

/** Undone only because of others at the same time: a serialization failure, or a deadlock. */
export function isPostgresClash(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const state = stateOf(error);
  return state === '40001' || state === '40P01';
}
