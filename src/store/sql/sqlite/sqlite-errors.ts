import { CodedError, errorText } from '../../../lib/coded-error.ts';

/** SQLite's primary result codes (the low byte of an extended one) that a person can do something about. */
const FAILURES: Readonly<Record<number, { readonly code: string; readonly what: string; readonly hint: string }>> = {
  5: { code: 'store.locked', what: 'is locked by another program', hint: 'stop the other program that has it open' },
  6: { code: 'store.locked', what: 'is locked by another program', hint: 'stop the other program that has it open' },
  8: {
    code: 'store.read_only',
    what: 'cannot be written',
    hint: 'check the permissions of the file and its directory',
  },
  10: { code: 'store.io', what: 'could not be read or written', hint: 'check the disk it lies on' },
  11: { code: 'store.corrupt', what: 'is damaged', hint: 'restore it from a backup, or give another file' },
  13: { code: 'store.full', what: 'could not grow: the disk is full', hint: 'make room on the disk; nothing was lost' },
  14: {
    code: 'store.cannot_open',
    what: 'cannot be opened',
    hint: 'check that its directory exists and may be written, and that it is a file',
  },
  26: { code: 'store.not_a_database', what: 'is not a SQLite database', hint: 'give another file' },
};

/** The failure as a CodedError `store.*`; what no person can mend (a broken constraint, wrong SQL) stays as it is: a bug. */
export function sqliteFailure(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error;
  const failure = FAILURES[error.errcode & 0xff];
  if (failure === undefined) return error;
  return new CodedError(failure.code, `the database ${path} ${failure.what} (${errorText(error)})`, {
    hint: failure.hint,
    cause: error,
  });
}
