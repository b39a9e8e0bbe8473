/**
 * What a worker owes, on its own disk, so that a `kill -9` at any moment is made good by the next start: attempts begun, events not yet
 * acknowledged, processes, containers, services and steps whose clean-up is due.
 *
 * SQLite without syncs: what is written survives the death of the process. After the death of the machine the processes it knows are gone too,
 * and it is looked through; if it was damaged it is put aside.
 */
import { chmodSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { CodedError, errorText } from '../lib/coded-error.ts';
import { bootId } from '../lib/system/process-table.ts';
import type { ProcessTraces } from '../lib/system/process-tree.ts';
import { type AttemptEvent, attemptEvent } from '../protocol/events.ts';
import { type BuildGrant, buildGrant } from '../protocol/messages.ts';
import { isDiskFullError } from './disk-full-error.ts';
import { JOURNAL_SCHEMA, JOURNAL_VERSION } from './journal-schema.ts';
import type { Ledger, OwedCleanup } from './runners/ledger.ts';

export interface OwedAttempt {
  readonly grant: BuildGrant;
  /** Its directory: work and private files. */
  readonly root: string;
  /** True: only events are left to send. */
  readonly ended: boolean;
  readonly cleanups: readonly { readonly id: string; readonly cleanup: OwedCleanup }[];
  /** Services begun and not stopped, in the order they were begun. */
  readonly services: readonly string[];
  /** What the `start` of each told. */
  readonly serviceOutputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Steps begun and not closed, in the order they were begun. `told`: their end is among the events. */
  readonly openSteps: readonly { readonly step: string; readonly try: number; readonly told: boolean }[];
}

export interface Batch {
  readonly first: number;
  readonly events: readonly AttemptEvent[];
  readonly bytes: number;
}

export interface Journal extends Disposable {
  open(grant: BuildGrant, root: string): void;
  ledger(attempt: string): Ledger;
  /** Throws the database's error (`isDiskFullError` knows the one that is not a bug). */
  append(attempt: string, number: number, event: AttemptEvent): void;
  /** Events after `after`, as many as fit into `maxBytes` of log, at least one if there is one. */
  read(attempt: string, after: number, maxBytes: number): Batch | undefined;
  acknowledge(attempt: string, upTo: number): void;
  /** The number of the last event ever appended. */
  lastNumber(attempt: string): number;
  /** Bytes of log not acknowledged, over all attempts. Counted, so only for the start. */
  unsentBytes(): number;
  /** The attempt is over: nothing but its events is owed. */
  end(attempt: string): void;
  /** Nothing is owed any more. */
  forget(attempt: string): void;
  owed(): OwedAttempt[];
  /** Processes not known to be gone, of attempts and checks, in the order they were started. */
  processes(): { readonly step: string; readonly traces: ProcessTraces }[];
}

export const MOST_EVENTS_IN_A_BATCH = 256;
/** A megabyte is used again sooner than it is given back. */
const MANY_FREE_PAGES = 128;

/**
 * `dir` belongs to this process alone (lockDirectory). A journal of another version, and one that the machine's death has damaged, is put aside:
 * nobody can read it any more. `warn` hears of it.
 */
export function openJournal(dir: string, warn: (message: string) => void): Journal {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, 'journal.db');
  const usable = openUsable(file);
  if (typeof usable !== 'string') return createJournal(usable);
  warn(`the worker's journal is put aside: ${usable}`);
  for (const suffix of ['', '-wal', '-shm']) renameIfThere(`${file}${suffix}`, `${file}.aside${suffix}`);
  const fresh = openUsable(file);
  if (typeof fresh === 'string')
    throw new CodedError('worker.no_journal', `no journal can be made in ${dir}: ${fresh}`);
  return createJournal(fresh);
}

/** The database, or why it cannot be used. */
function openUsable(file: string): DatabaseSync | string {
  const db = new DatabaseSync(file);
  chmodSync(file, 0o600);
  try {
    db.exec(`PRAGMA page_size = 8192; PRAGMA locking_mode = EXCLUSIVE; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;
      PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 256; PRAGMA journal_size_limit = 1048576;`);
    const version = z.object({ user_version: z.int() }).parse(db.prepare('PRAGMA user_version').get()).user_version;
    if (version !== 0 && version !== JOURNAL_VERSION) {
      db.close();
      return `it is of version ${version}, and this worker writes ${JOURNAL_VERSION}`;
    }
    db.exec(`PRAGMA user_version = ${JOURNAL_VERSION}; ${JOURNAL_SCHEMA}`);
    const known = z.object({ boot: z.string() }).optional().parse(db.prepare('SELECT boot FROM boots').get());
    if (known !== undefined && known.boot !== bootId()) {
      const check = z.object({ quick_check: z.string() }).parse(db.prepare('PRAGMA quick_check(1)').get());
      if (check.quick_check !== 'ok') throw new Error(check.quick_check);
    }
    db.prepare('INSERT INTO boots VALUES (1, ?) ON CONFLICT DO UPDATE SET boot = excluded.boot').run(bootId());
    return db;
  } catch (error) {
    if (isDiskFullError(error)) throw error;
    db.close();
    return errorText(error);
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

const eventRow = z.object({ number: z.int(), event: z.string(), bytes: z.instanceof(Uint8Array).nullable() });
const numberRow = z.object({ value: z.int() });
const freePagesRow = z.object({ freelist_count: z.int() });
const attemptRow = z.object({ attempt: z.string(), build_grant: z.string(), root: z.string(), ended: z.int() });
const traces = z.object({
  cookie: z.string(),
  bootId: z.string(),
  cgroup: z.string().optional(),
  main: z.object({ pid: z.int(), startTicks: z.number() }).optional(),
});
const owedCleanup = z.object({
  argv: z.tuple([z.string()], z.string()),
  env: z.record(z.string(), z.string()),
  cwd: z.string(),
});

function createJournal(db: DatabaseSync): Journal {
  const statements = new Map<string, StatementSync>();
  const sql = (text: string): StatementSync => {
    const statement = statements.get(text) ?? db.prepare(text);
    statements.set(text, statement);
    return statement;
  };
  const run = (text: string, ...values: readonly (string | number | Uint8Array | null)[]): void => {
    sql(text).run(...values);
  };
  const column = (text: string, attempt: string): string[] =>
    z
      .array(z.object({ value: z.string() }))
      .parse(sql(text).all(attempt))
      .map(({ value }) => value);
  const numberOf = (text: string, ...values: readonly string[]): number =>
    numberRow.parse(sql(text).get(...values)).value;

  const freePages = (): number => freePagesRow.parse(sql('PRAGMA freelist_count').get()).freelist_count;

  function atomically(action: () => void): void {
    db.exec('BEGIN IMMEDIATE');
    try {
      action();
      db.exec('COMMIT');
    } catch (error) {
      try {
        db.exec('ROLLBACK');
      } catch {
        // With a full disk SQLite has rolled back by itself. Either way what counts is the error above.
      }
      throw error;
    }
  }

  /** With a full disk not even a deletion fits. What then stays owed is found settled at the next start. */
  function unlessFull(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!isDiskFullError(error)) throw error;
    }
  }

  function ledger(attempt: string): Ledger {
    const boot = bootId();
    // A stop that could not be run because it could not be written down would be worse than one that is not written down.
    const run = (text: string, ...values: readonly (string | number)[]): void =>
      unlessFull(() => {
        sql(text).run(...values);
      });
    return {
      processStarting: (cookie, step) =>
        run(
          'INSERT INTO processes VALUES (?, ?, ?, ?)',
          cookie,
          attempt,
          step,
          JSON.stringify({ cookie, bootId: boot }),
        ),
      processStarted: (started) =>
        run('UPDATE processes SET traces = ? WHERE cookie = ?', JSON.stringify(started), started.cookie),
      processGone: (cookie) => run('DELETE FROM processes WHERE cookie = ?', cookie),
      cleanupOwed: (id, cleanup) => run('INSERT INTO cleanups VALUES (?, ?, ?)', id, attempt, JSON.stringify(cleanup)),
      cleanupDone: (id) => run('DELETE FROM cleanups WHERE id = ?', id),
      serviceOwed: (service) => run('INSERT OR IGNORE INTO services VALUES (?, ?)', attempt, service),
      serviceTold: (service, output) =>
        run('INSERT OR REPLACE INTO service_outputs VALUES (?, ?, ?)', attempt, service, JSON.stringify(output)),
      serviceStopped: (service) => run('DELETE FROM services WHERE attempt = ? AND service = ?', attempt, service),
      stepOpened: (step, number) =>
        run(
          'INSERT INTO open_steps VALUES (?, ?, ?, 0) ON CONFLICT DO UPDATE SET try = excluded.try, told = 0',
          attempt,
          step,
          number,
        ),
      stepTold: (step) => run('UPDATE open_steps SET told = 1 WHERE attempt = ? AND step = ?', attempt, step),
      stepClosed: (step) => run('DELETE FROM open_steps WHERE attempt = ? AND step = ?', attempt, step),
    };
  }

  return {
    ledger,
    open(grant, root) {
      const { sealed: _sealed, ...plain } = grant;
      run(
        'INSERT INTO attempts (attempt, fencing, build_grant, root) VALUES (?, ?, ?, ?)',
        grant.attempt,
        grant.fencing,
        JSON.stringify(plain),
        root,
      );
    },
    append(attempt, number, event) {
      const bytes = event.kind === 'log' ? event.bytes : null;
      const json = JSON.stringify(event.kind === 'log' ? { ...event, bytes: undefined } : event);
      run('INSERT INTO events VALUES (?, ?, ?, ?)', attempt, number, json, bytes);
    },
    read(attempt, after, maxBytes) {
      const events: AttemptEvent[] = [];
      let first = 0;
      let bytes = 0;
      const text = 'SELECT number, event, bytes FROM events WHERE attempt = ? AND number > ? ORDER BY number LIMIT 1';
      for (let last = after; events.length < MOST_EVENTS_IN_A_BATCH; ) {
        const found = sql(text).get(attempt, last);
        if (found === undefined) break;
        const row = eventRow.parse(found);
        bytes += row.bytes?.byteLength ?? 0;
        if (events.length > 0 && bytes > maxBytes) break;
        if (events.length === 0) first = row.number;
        last = row.number;
        events.push(parseEvent(row));
      }
      return events.length === 0 ? undefined : { first, events, bytes };
    },
    acknowledge(attempt, upTo) {
      atomically(() => {
        run('DELETE FROM events WHERE attempt = ? AND number <= ?', attempt, upTo);
        run('UPDATE attempts SET acknowledged = max(acknowledged, ?) WHERE attempt = ?', upTo, attempt);
      });
    },
    lastNumber: (attempt) =>
      numberOf(
        `SELECT max(coalesce((SELECT max(number) FROM events WHERE attempt = ?1), 0),
          coalesce((SELECT acknowledged FROM attempts WHERE attempt = ?1), 0)) AS value`,
        attempt,
      ),
    unsentBytes: () => numberOf('SELECT coalesce(sum(length(bytes)), 0) AS value FROM events'),
    end: (attempt) =>
      unlessFull(() =>
        atomically(() => {
          for (const table of ['processes', 'cleanups', 'services', 'service_outputs', 'open_steps']) {
            run(`DELETE FROM ${table} WHERE attempt = ?`, attempt);
          }
          run('UPDATE attempts SET ended = 1 WHERE attempt = ?', attempt);
        }),
      ),
    forget(attempt) {
      unlessFull(() =>
        atomically(() => {
          for (const table of [
            'processes',
            'cleanups',
            'services',
            'service_outputs',
            'open_steps',
            'events',
            'attempts',
          ]) {
            run(`DELETE FROM ${table} WHERE attempt = ?`, attempt);
          }
        }),
      );
      if (freePages() > MANY_FREE_PAGES) unlessFull(() => db.exec('PRAGMA incremental_vacuum(256)'));
    },
    owed() {
      const rows = z.array(attemptRow).parse(sql('SELECT * FROM attempts ORDER BY rowid').all());
      return rows.map((row) => ({
        grant: buildGrant.parse(JSON.parse(row.build_grant)),
        root: row.root,
        ended: row.ended !== 0,
        cleanups: z
          .array(z.object({ id: z.string(), cleanup: z.string() }))
          .parse(sql('SELECT id, cleanup FROM cleanups WHERE attempt = ? ORDER BY rowid').all(row.attempt))
          .map(({ id, cleanup }) => ({ id, cleanup: owedCleanup.parse(JSON.parse(cleanup)) })),
        services: column('SELECT service AS value FROM services WHERE attempt = ? ORDER BY rowid', row.attempt),
        serviceOutputs: Object.fromEntries(
          z
            .array(z.object({ service: z.string(), output: z.string() }))
            .parse(sql('SELECT service, output FROM service_outputs WHERE attempt = ?').all(row.attempt))
            .map(({ service, output }) => [service, z.record(z.string(), z.string()).parse(JSON.parse(output))]),
        ),
        openSteps: z
          .array(z.object({ step: z.string(), try: z.int(), told: z.int() }))
          .parse(sql('SELECT step, try, told FROM open_steps WHERE attempt = ? ORDER BY rowid').all(row.attempt))
          .map((open) => ({ ...open, told: open.told !== 0 })),
      }));
    },
    processes: () =>
      z
        .array(z.object({ step: z.string(), traces: z.string() }))
        .parse(sql('SELECT step, traces FROM processes ORDER BY rowid').all())
        .map((row) => ({ step: row.step, traces: traces.parse(JSON.parse(row.traces)) })),
    [Symbol.dispose]: () => db.close(),
  };
}

function parseEvent(row: z.infer<typeof eventRow>): AttemptEvent {
  const json = JSON.parse(row.event);
  return attemptEvent.parse(row.bytes === null ? json : { ...json, bytes: row.bytes });
}
