/**
 * What differs between databases. Everything else under sql/ is one set of queries for all of them.
 *
 * The queries keep to what SQLite, PostgreSQL and MySQL share: no RETURNING, no partial index, no upsert (update, and insert when nothing
 * was there), work taken by conditional UPDATE whose count of rows says who won, at READ COMMITTED or stricter.
 *
 * A command that reads and then writes what it read locks one row first, so that two servers take turns: a team for its pipelines, a resource for its
 * versions and checks, a job for its numbers, a build for itself and its attempts, a worker for its questions. Where several are
 * locked, a build comes before its job.
 */
import type { InsertQueryBuilder, SelectQueryBuilder } from 'kysely';
import type { Instant } from '../../lib/clock.ts';
import type { Db, Schema } from './schema.ts';

/** How a migration writes the column types, as SQL. */
export interface ColumnTypes {
  /** UUID text, compared byte by byte. */
  readonly id: string;
  /** Up to 255 characters that stand in an index, compared byte by byte. */
  readonly name: string;
  /** Text without a limit. */
  readonly text: string;
  readonly bytes: string;
  readonly integer: string;
  /** 64 bits: instants, offsets. */
  readonly bigint: string;
  /** A primary key that counts up and never uses a number twice. */
  readonly counter: string;
}

export interface Look {
  readonly db: Db;
  close(): Promise<void>;
}

export type LockedTable = 'teams' | 'resources' | 'jobs' | 'builds' | 'workers' | 'users' | 'leases';

export interface SqlDialect {
  readonly name: 'sqlite' | 'postgresql' | 'mysql';
  readonly columns: ColumnTypes;
  /** Behind `create table (…)` of a table read by the range of its primary key. */
  readonly clustered: string;
  /** The instant by which leases are judged: the database's own clock where it has one, else the caller's. */
  leaseClock(db: Db, callers: Instant): Promise<Instant>;
  /** Makes an insert do nothing where a unique key is taken. */
  ignoreTaken<Tables, Table extends keyof Tables, Output>(
    insert: InsertQueryBuilder<Tables, Table, Output>,
  ): InsertQueryBuilder<Tables, Table, Output>;
  /** Holds a row until the transaction ends. Nothing to do where writers take turns anyway. */
  lockRow(db: Db, table: LockedTable, id: string): Promise<void>;
  /** Holds the end of the feed until the transaction ends. Nothing to do where writers take turns anyway. */
  lockFeed(db: Db): Promise<void>;
  /** Passes over rows of `table` that others are taking now, where that can be said: it only quickens what the conditional update decides. */
  skipLocked<Tables extends keyof Schema, Output>(
    query: SelectQueryBuilder<Schema, Tables, Output>,
    table: Tables,
  ): SelectQueryBuilder<Schema, Tables, Output>;
  /** Whether the database undid a transaction only because of others at the same time: it may be run again. */
  mayRunAgain(error: unknown): boolean;
  /** How often at most, where it is not the usual. */
  readonly tries?: number;
  /** Names of the tables there are. */
  tables(db: Db): Promise<readonly string[]>;
  /** Names of the columns of one of them. */
  columnsOf(db: Db, table: string): Promise<readonly string[]>;
  /**
   * One consistent look that may take long, beside which others go on reading and writing. `directory`: where a copy of a database in memory is laid down
   * until it is closed.
   */
  openLook(db: Db, directory: string): Promise<Look>;
  /** Whether a statement of a migration failed because an earlier try that was interrupted has done it: where DDL takes no part in transactions. */
  isDoneBefore(error: unknown): boolean;
  /**
   * Runs a migration so that no second one runs beside it, and so that it is undone when it fails, or goes on where it was. `work` is given the
   * dialect with the column types of the server that is there.
   */
  migrateAlone<T>(db: Db, work: (db: Db, dialect: SqlDialect) => Promise<T>): Promise<T>;
}
