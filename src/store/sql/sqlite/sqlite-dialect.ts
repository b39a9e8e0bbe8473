import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Dialect, Kysely, SqliteAdapter, SqliteIntrospector, sql } from 'kysely';
import { type DatabaseWatch, NOBODY_WATCHES } from '../database-watch.ts';
import type { Look, SqlDialect } from '../dialect.ts';
import { openTransactionLook } from '../long-look.ts';
import type { Db, Schema } from '../schema.ts';
import { BUSY_TIMEOUT_MS, SqliteDriver } from './sqlite-driver.ts';
import { PlannedOnceCompiler } from './sqlite-query-compiler.ts';

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
  columnsOf: async (db, table) => {
    const { rows } = await sql<{ name: string }>`select name from pragma_table_info(${table})`.execute(db);
    return rows.map((row) => row.name);
  },
  openLook: openSqliteLook,
  // DDL takes part in transactions, and the write lock is the lock.
  isDoneBefore: () => false,
  migrateAlone: (db, work) => db.transaction().execute((trx) => work(trx, sqliteDialect)),
};

/** Kysely's SQLite over our driver. */
export function sqliteKyselyDialect(
  path: string,
  busyTimeoutMs: number = BUSY_TIMEOUT_MS,
  watch: DatabaseWatch = NOBODY_WATCHES,
): Dialect {
  return {
    createDriver: () => new SqliteDriver(path, busyTimeoutMs, watch),
    createQueryCompiler: () => new PlannedOnceCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

/**
 * By a connection of its own, as the one there is belongs to those who write. What lives in memory has no second connection, and is copied: that takes a
 * moment in which nobody writes.
 */
async function openSqliteLook(db: Db, directory: string): Promise<Look> {
  const { rows } = await sql<{ file: string }>`select file from pragma_database_list where name = 'main'`.execute(db);
  const file = rows[0]?.file ?? '';
  if (file !== '') return await openTransactionLook(new Kysely<Schema>({ dialect: sqliteKyselyDialect(file) }), true);
  const copy = join(directory, `look-${randomBytes(6).toString('hex')}.db`);
  const remove = () => rm(copy, { force: true });
  try {
    // Made before, so that nobody else may read it.
    await (await open(copy, 'wx', 0o600)).close();
    await sql`vacuum into ${copy}`.execute(db);
    const look = await openTransactionLook(new Kysely<Schema>({ dialect: sqliteKyselyDialect(copy) }), true);
    return { db: look.db, close: () => look.close().finally(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}
