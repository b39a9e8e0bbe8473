import { Kysely } from 'kysely';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import type { Store } from '../../store.ts';
import type { DatabaseWatch } from '../database-watch.ts';
import type { Schema } from '../schema.ts';
import { createSqlStore } from '../sql-store.ts';
import { sqliteDialect, sqliteKyselyDialect } from './sqlite-dialect.ts';
import { BUSY_TIMEOUT_MS } from './sqlite-driver.ts';

export interface SqliteOptions {
  /** A file, made when it is not there; or `:memory:`, gone when the store is closed. */
  readonly path: string;
  readonly clock?: Clock;
  readonly watch?: DatabaseWatch | undefined;
}

/**
 * The store in one SQLite file, or in memory. Nothing is opened before the first call (`migrate`).
 * Errors: `store.cannot_open`, `store.not_a_database`, `store.foreign_database`, `store.locked`, `store.read_only`, `store.full`, `store.corrupt`, `store.io`.
 */
export function createSqliteStore({ path, clock = systemClock, watch }: SqliteOptions): Store {
  const db = new Kysely<Schema>({ dialect: sqliteKyselyDialect(path, BUSY_TIMEOUT_MS, watch) });
  return createSqlStore(db, sqliteDialect, clock);
}
