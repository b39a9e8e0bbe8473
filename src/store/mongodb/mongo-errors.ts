import { MongoServerError, MongoServerSelectionError } from 'mongodb';
import { CodedError } from '../../lib/coded-error.ts';
import {
  CHECK_PASSWORD,
  type Failure,
  failureError,
  GIVE_PASSWORD,
  LOST,
  networkFailure,
  TLS_REFUSED,
  UNSTORABLE,
} from '../sql/server-failures.ts';

const DENIED: Failure = { code: 'store.denied', what: 'refuses the user or the password', hint: CHECK_PASSWORD };
const WANTS_PASSWORD: Failure = {
  code: 'store.denied',
  what: 'wants a user and a password, and none was given',
  hint: GIVE_PASSWORD,
};
const READ_ONLY: Failure = {
  code: 'store.read_only',
  what: 'cannot be written',
  hint: 'the user needs the role readWrite on it',
};
const FULL: Failure = {
  code: 'store.full',
  what: 'could not grow: its disk is full',
  hint: 'make room on its disk; nothing was lost',
};
const SILENT: Failure = {
  code: 'store.unreachable',
  what: 'gave no answer in time',
  hint: 'check --db-host and --db-port, and a firewall in between; is it overloaded?',
};
/** Without a word: that is how it refuses who does not speak TLS, too. */
const CLOSES: Failure = {
  code: 'store.unreachable',
  what: 'closes each connection at once',
  hint: 'is it starting, or stopping? where it wants TLS, add --db-tls',
};
const NO_PRIMARY: Failure = { code: 'store.unreachable', what: 'has no primary now', hint: 'it is tried again' };

/** By the numbers that MongoDB gives its errors, those a person can do something about. */
const FAILURES: Readonly<Record<number, Failure>> = {
  13: READ_ONLY,
  18: DENIED,
  20: READ_ONLY,
  11: DENIED,
  33: DENIED,
  14031: FULL,
  17280: UNSTORABLE,
  10334: UNSTORABLE,
  ...Object.fromEntries([10107, 13435, 13436, 189, 10058, 64].map((code) => [code, NO_PRIMARY])),
  ...Object.fromEntries([91, 11600, 11602, 6, 7, 89, 9001].map((code) => [code, LOST])),
};

/** The failure as a CodedError `store.*`; what no person can mend stays as it is: a bug. `where` has no password in it. */
export function mongoFailure(error: unknown, where: string): unknown {
  if (!(error instanceof Error) || error instanceof CodedError) return error;
  const failure = failureOf(error);
  return failure === undefined ? error : failureError(failure, rootOf(error), where);
}

function failureOf(error: Error): Failure | undefined {
  if (error instanceof MongoServerError) {
    if (/requires authentication/.test(error.message)) return WANTS_PASSWORD;
    if (/ENOSPC|No space left/i.test(error.message)) return FULL;
    return typeof error.code === 'number' ? FAILURES[error.code] : undefined;
  }
  const root = rootOf(error);
  if (root instanceof MongoServerError && root !== error) return failureOf(root);
  const { message } = root;
  if (/must be (a )?.*larger|exceeds maximum|BSONObj size|document is larger/i.test(message)) return UNSTORABLE;
  if (/before secure TLS connection/.test(message)) return TLS_REFUSED;
  const byName = networkFailure(root);
  if (byName !== undefined) return byName;
  if (/packet length too long|wrong version number|not.*TLS|EPROTO/i.test(message)) return TLS_REFUSED;
  if (error instanceof MongoServerSelectionError && /connection .*closed/i.test(message)) return CLOSES;
  if (/wire version/.test(message)) {
    return {
      code: 'store.unreachable',
      what: 'is older than this pikoci can use',
      hint: 'it needs MongoDB 4.4 or newer',
    };
  }
  if (/timed out|timeout/i.test(message)) return SILENT;
  if (/^Mongo(Network|ServerSelection|PoolCleared|Topology|NotConnected|Expired)/.test(error.name)) return LOST;
  return undefined;
}

/** What was behind it: the driver wraps what the system said, and remembers for each server what went wrong there. */
function rootOf(error: Error): Error {
  for (let at = error, depth = 0; depth < 6; depth++) {
    const deeper = behind(at);
    if (deeper === undefined) return at;
    at = deeper;
  }
  return error;
}

function behind(error: Error): Error | undefined {
  if (error instanceof MongoServerSelectionError) {
    const servers = error.reason?.servers;
    for (const server of servers?.values() ?? []) if (server.error instanceof Error) return server.error;
  }
  return error.cause instanceof Error ? error.cause : undefined;
}

/** A value that is there already. */
export const isTaken = (error: unknown): boolean => error instanceof MongoServerError && error.code === 11_000;

/** It is not known whether the server did what it was asked. */
export const isUnsure = (error: unknown): boolean =>
  error instanceof Error && (/^MongoNetwork|PoolCleared/.test(error.name) || isStepDown(error));

const isStepDown = (error: Error): boolean =>
  error instanceof MongoServerError &&
  typeof error.code === 'number' &&
  [91, 11600, 11602, 189, 64].includes(error.code);
