/**
 * What differs between databases. Everything else under sql/ is one set of queries for all of them.
 *
 * The queries keep to what SQLite, PostgreSQL and MySQL share: no RETURNING, no partial index, no upsert (update, and insert when nothing
 * was there), work taken by conditional UPDATE whose count of rows says who won, at READ COMMITTED or stricter.
 */
import type { InsertQueryBuilder } from 'kysely';
import type { Instant } from '../../lib/clock.ts';
import type { Db } from './schema.ts';

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

export interface SqlDialect {
  readonly name: 'sqlite';
  readonly columns: ColumnTypes;
  /** Behind `create table (…)` of a table read by the range of its primary key. */
  readonly clustered: string;
  /** The instant by which leases are judged: the database's own clock where it has one, else the caller's. */
  leaseClock(db: Db, callers: Instant): Promise<Instant>;
  /** Makes an insert do nothing where a unique key is taken. */
  ignoreTaken<Tables, Table extends keyof Tables, Output>(
    insert: InsertQueryBuilder<Tables, Table, Output>,
  ): InsertQueryBuilder<Tables, Table, Output>;
  /** Names of the tables there are. */
  tables(db: Db): Promise<readonly string[]>;
  /** Runs a migration so that no second one runs beside it, and so that it is undone when it fails. */
  migrateAlone<T>(db: Db, work: (db: Db) => Promise<T>): Promise<T>;
}
