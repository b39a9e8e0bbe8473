import { CodedError } from '../../../lib/coded-error.ts';
import {
  CHECK_PASSWORD,
  type Failure,
  failureError,
  LOST,
  NO_AGREEMENT,
  NO_ANSWER,
  NOT_TRUSTED,
  networkFailure,
  TLS_REFUSED,
  TLS_WANTED,
  UNSTORABLE,
} from '../server-failures.ts';

const DENIED: Failure = {
  code: 'store.denied',
  what: 'does not allow it',
  hint: 'grant all on that database to the user',
};
const BUSY: Failure = {
  code: 'store.busy',
  what: 'has no room for more',
  hint: 'raise its max_connections, or lower --db-connections',
};
const READ_ONLY: Failure = {
  code: 'store.read_only',
  what: 'cannot be written',
  hint: 'is it a replica? give the primary',
};
const FULL: Failure = {
  code: 'store.full',
  what: 'could not grow: its disk is full',
  hint: 'make room on its disk; nothing was lost',
};
const STOPPING: Failure = { code: 'store.unreachable', what: 'is shutting down', hint: 'it is tried again' };
const TOO_LARGE: Failure = {
  code: 'store.too_large',
  what: 'takes no statement as long as this one',
  hint: 'raise its max_allowed_packet: 16M is enough',
};

/** What people can do something about, by the names that the driver gives to the server's numbers. */
const FAILURES: Readonly<Record<string, Failure>> = {
  ER_ACCESS_DENIED_ERROR: {
    code: 'store.denied',
    what: 'refuses the user or the password',
    hint: `${CHECK_PASSWORD}; one that wants TLS may say the same: --db-tls`,
  },
  ER_HOST_NOT_PRIVILEGED: {
    code: 'store.denied',
    what: 'refuses this machine',
    hint: "allow the user from here: 'user'@'%'",
  },
  ER_BAD_DB_ERROR: {
    code: 'store.no_database',
    what: 'has no database of that name',
    hint: 'check --db-name, or make it: create database NAME',
  },
  ER_DBACCESS_DENIED_ERROR: {
    code: 'store.denied',
    what: 'does not allow the user that database, or has none of that name',
    hint: 'check --db-name, or make it, and grant all on it to the user',
  },
  ER_TABLEACCESS_DENIED_ERROR: DENIED,
  ER_SPECIFIC_ACCESS_DENIED_ERROR: DENIED,
  ER_COLUMNACCESS_DENIED_ERROR: DENIED,
  ER_OPTION_PREVENTS_STATEMENT: READ_ONLY,
  ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION: READ_ONLY,
  ER_READ_ONLY_MODE: READ_ONLY,
  ER_RECORD_FILE_FULL: FULL,
  ER_DISK_FULL: FULL,
  ER_ERROR_ON_WRITE: FULL,
  ER_CON_COUNT_ERROR: BUSY,
  ER_TOO_MANY_USER_CONNECTIONS: BUSY,
  ER_USER_LIMIT_REACHED: BUSY,
  ER_SERVER_SHUTDOWN: STOPPING,
  ER_NORMAL_SHUTDOWN: STOPPING,
  ER_SHUTDOWN_COMPLETE: STOPPING,
  ER_CONNECTION_KILLED: LOST,
  ER_QUERY_INTERRUPTED: LOST,
  ER_NET_PACKET_TOO_LARGE: TOO_LARGE,
  ER_DATA_TOO_LONG: UNSTORABLE,
  ER_WARN_DATA_OUT_OF_RANGE: UNSTORABLE,
  ER_DATA_OUT_OF_RANGE: UNSTORABLE,
  ER_TRUNCATED_WRONG_VALUE_FOR_FIELD: UNSTORABLE,
  ER_SECURE_TRANSPORT_REQUIRED: TLS_WANTED,
  PROTOCOL_CONNECTION_LOST: LOST,
  HANDSHAKE_NO_SSL_SUPPORT: TLS_REFUSED,
  HANDSHAKE_SSL_ERROR: NO_AGREEMENT,
};

/** The failure as a CodedError `store.*`; what no person can mend (a broken constraint, wrong SQL) stays as it is: a bug. `where` has no password in it. */
export function mysqlFailure(error: unknown, where: string): unknown {
  if (!(error instanceof Error) || error instanceof CodedError) return error;
  const code = codeOf(error);
  const failure = unnamed(error) ?? (code === undefined ? undefined : FAILURES[code]) ?? networkFailure(error);
  return failure === undefined ? error : failureError(failure, error, where);
}

const codeOf = (error: Error): string | undefined =>
  'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** What only the text tells: the driver's own failures, which have no code, and those of servers it has no name for. */
function unnamed({ message }: Error): Failure | undefined {
  if (/insecure transport/i.test(message)) return TLS_WANTED;
  if (/certificate|altnames/i.test(message)) return NOT_TRUSTED;
  if (/connect ETIMEDOUT/i.test(message)) return NO_ANSWER;
  if (/in closed state|connection is closed|Connection was killed/i.test(message)) return LOST;
  return undefined;
}

/** Undone only because of others at the same time: a deadlock, a lock that was waited for too long, a row that changed since it was read. */
export function isMysqlClash(error: unknown): boolean {
  const code = error instanceof Error ? codeOf(error) : undefined;
  return code === 'ER_LOCK_DEADLOCK' || code === 'ER_LOCK_WAIT_TIMEOUT' || code === 'ER_CHECKREAD';
}

/** A statement of a migration that an earlier try, which was interrupted, has done: these are not undone with what follows them. */
export function isDoneBefore(error: unknown): boolean {
  const code = error instanceof Error ? codeOf(error) : undefined;
  return code === 'ER_TABLE_EXISTS_ERROR' || code === 'ER_DUP_FIELDNAME' || code === 'ER_DUP_KEYNAME';
}
