import { join } from 'node:path';
import { assertNever } from '../lib/assert-never.ts';
import type { DatabaseWatch } from '../store/sql/database-watch.ts';
import type { Store } from '../store/store.ts';
import type { ChosenDatabase } from './choose-database.ts';
import { type DatabaseWait, waitForDatabase } from './wait-for-database.ts';

export interface OpenStoreOptions {
  readonly directory: string;
  readonly runMigrations: boolean;
  readonly watch: DatabaseWatch;
  readonly wait: DatabaseWait;
}

/** Opens the database and brings its tables up to date, or only looks at them. A server that does not answer is waited for. Throws `store.*`. */
export async function openStore(database: ChosenDatabase, options: OpenStoreOptions): Promise<Store> {
  return await waitForDatabase(() => openNow(database, options), 'address' in database ? options.wait : NO_WAIT);
}

const NO_WAIT: DatabaseWait = { waitMs: 0, tell: () => undefined };

async function openNow(database: ChosenDatabase, options: OpenStoreOptions): Promise<Store> {
  let opened = false;
  // Until then the caller is told, and says it.
  const watch: DatabaseWatch = {
    failed: (error) => {
      if (opened) options.watch.failed(error);
    },
    written: () => options.watch.written(),
  };
  const store = await createStore(database, options.directory, watch);
  try {
    // What lives in memory is always new.
    if (options.runMigrations || database.system === 'mem') await store.migrate();
    else await store.requireSchema();
    opened = true;
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Nothing is opened before the first call. */
export async function createStore(database: ChosenDatabase, directory: string, watch: DatabaseWatch): Promise<Store> {
  switch (database.system) {
    case 'mem':
    case 'sqlite': {
      const { createSqliteStore } = await import('../store/sql/sqlite/sqlite-store.ts');
      const path = database.system === 'mem' ? ':memory:' : (database.path ?? join(directory, 'pikoci.db'));
      return createSqliteStore({ path, watch });
    }
    case 'postgresql': {
      const { createPostgresStore } = await import('../store/sql/postgres/postgres-store.ts');
      return createPostgresStore({ ...database.address, watch });
    }
    case 'mysql': {
      const { createMysqlStore } = await import('../store/sql/mysql/mysql-store.ts');
      return createMysqlStore({ ...database.address, watch });
    }
    case 'mongodb': {
      const { createMongoStore } = await import('../store/mongodb/mongo-store.ts');
      return createMongoStore({ ...database.address, directory, watch });
    }
    default:
      return assertNever(database);
  }
}
