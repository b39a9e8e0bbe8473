/**
 * Whether the database can be written. While it cannot, what happens to builds cannot be recorded, so what the database says of those that have not
 * ended may be old: this is what is said of them instead. It lives in memory, since memory is what is left.
 */
import type { Clock } from '../lib/clock.ts';
import { CodedError } from '../lib/coded-error.ts';
import type { Logger } from '../lib/logger.ts';
import { createStandingTrouble } from '../lib/standing-trouble.ts';
import type { ProblemDetail } from '../protocol/events.ts';

export interface StorageHealth {
  /** The database refused a write, or everything. Failures that are not in `PROBLEMS` are not looked at. */
  failed(error: unknown): void;
  /** A transaction ended well. */
  written(): void;
  /** What is wrong, while it is. */
  problem(): ProblemDetail | undefined;
}

/** Failures that pass by themselves or by somebody's doing, by the store's code, and what they are called on a build. */
const PROBLEMS: Readonly<Record<string, string>> = {
  'store.full': 'server.disk_full',
  'store.io': 'server.disk_failed',
  'store.read_only': 'server.disk_failed',
  'store.busy': 'server.database_lost',
  'store.denied': 'server.database_lost',
  'store.no_database': 'server.database_lost',
  'store.tls': 'server.database_lost',
  'store.unreachable': 'server.database_lost',
};

/** Longer than the longest pause of whoever tries again (loops: 10 s, messages of workers: 5 s). */
const QUIET_MS = 15_000;

/** Whether this is one that `StorageHealth` speaks of, so that nobody else has to. */
export function isStorageFailure(error: unknown): boolean {
  return error instanceof CodedError && error.code in PROBLEMS;
}

export function createStorageHealth(clock: Clock, logger: Logger): StorageHealth {
  let problem: ProblemDetail | undefined;
  const trouble = createStandingTrouble({
    clock,
    say: (text) => logger.error(text),
    sayOver: () => logger.info('the database can be written again; what waited is recorded now'),
    quietMs: QUIET_MS,
  });
  return {
    failed(error) {
      const code = error instanceof CodedError ? PROBLEMS[error.code] : undefined;
      if (!(error instanceof CodedError) || code === undefined) return;
      const hint = error.hint ?? 'the log of the server says more';
      problem = {
        code,
        message: `the server cannot record what happens to this build: ${error.message}`,
        hint: `${hint}; recording goes on by itself then`,
      };
      trouble.happened(`what happens cannot be recorded: ${error.message}; ${hint}`, error.code);
    },
    written: () => trouble.wentWell(),
    problem: () => (trouble.standing ? problem : undefined),
  };
}
