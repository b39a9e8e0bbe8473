import { type Dialect, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from 'kysely';
import { type DatabaseWatch, NOBODY_WATCHES } from '../database-watch.ts';
import type { SqlDialect } from '../dialect.ts';
import { BUSY_TIMEOUT_MS, SqliteDriver } from './sqlite-driver.ts';

export const sqliteDialect: SqlDialect = {
  name: 'sqlite',
  columns: {
    id: 'text',
    name: 'text',
    text: 'text',
    bytes: 'blob',
    integer: 'integer',
    bigint: 'integer',
    // Cursors are handed out inside the one write transaction there can be: whoever sees a number has seen all before it.
    counter: 'integer primary key autoincrement',
  },
  clustered: 'without rowid',
  leaseClock: async (_db, callers) => callers,
  ignoreTaken: (insert) => insert.onConflict((conflict) => conflict.doNothing()),
  // One write transaction at a time: whoever is in it has every row.
  lockRow: async () => undefined,
  lockFeed: async () => undefined,
  skipLocked: (query) => query,
  mayRunAgain: () => false,
  tables: async (db) => {
    const { rows } = await sql<{
      name: string;
    }>`select name from sqlite_master where type = 'table' and name not like 'sqlite_%'`.execute(db);
    return rows.map((row) => row.name);
  },
  // DDL takes part in transactions, and the write lock is the lock.
  isDoneBefore: () => false,
  migrateAlone: (db, work) => db.transaction().execute((trx) => work(trx, sqliteDialect)),
};

/** Kysely's own compiler for SQLite over our driver. */
export function sqliteKyselyDialect(
  path: string,
  busyTimeoutMs: number = BUSY_TIMEOUT_MS,
  watch: DatabaseWatch = NOBODY_WATCHES,
): Dialect {
  return {
    createDriver: () => new SqliteDriver(path, busyTimeoutMs, watch),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}
