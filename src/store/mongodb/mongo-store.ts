/**
 * The store in a MongoDB database. What is committed is an entry of a journal there; every server has a copy in SQLite, on which the queries of the other databases run. No transactions of MongoDB are
 * needed, so a single server of it does.
 */
import { hostname } from 'node:os';
import { Kysely } from 'kysely';
import { systemClock } from '../../lib/clock.ts';
import { newId } from '../../lib/ids.ts';
import type { SqlDialect } from '../sql/dialect.ts';
import type { Db, Schema } from '../sql/schema.ts';
import { createSqlStore } from '../sql/sql-store.ts';
import { sqliteDialect } from '../sql/sqlite/sqlite-dialect.ts';
import type { Store } from '../store.ts';
import { createBlobDocuments } from './blob-documents.ts';
import { COPY_TABLE, CopyFile } from './copy-file.ts';
import { copyPlace } from './copy-place.ts';
import { Folder } from './folder.ts';
import { Journal } from './journal.ts';
import { Mirror } from './mirror.ts';
import { mirrorDialect, TRIES } from './mirror-driver.ts';
import { MongoClock } from './mongo-clock.ts';
import { MongoConnection, type MongoOptions } from './mongo-connection.ts';
import { openMongoLine } from './mongo-line.ts';
import { RowCollections } from './row-collections.ts';
import { State } from './state.ts';
import { Overtaken } from './writer.ts';

export interface MongoStoreOptions extends MongoOptions {
  /** Where the copy is kept from one start to the next; absent: nowhere. */
  readonly directory?: string | undefined;
  /** How long after a change the collections of rows follow. */
  readonly foldAfterMs?: number | 'never' | undefined;
}

/**
 * Nothing is connected before the first call (`migrate`).
 * Errors: `store.unreachable`, `store.denied`, `store.foreign_database`, `store.read_only`, `store.full`, `store.tls`, `store.unstorable`, and those of the copy's file.
 */
export function createMongoStore(options: MongoStoreOptions): Store {
  const { clock = systemClock } = options;
  const { db, dialect, mongo } = openMongo(options);
  return {
    ...createSqlStore(db, dialect, clock, () => openMongoLine(mongo, clock)),
    // They are large, and read one by one: no copy has them.
    ...createBlobDocuments(mongo),
  };
}

export interface OpenedMongo {
  /** The copy, as the queries of all databases see it. */
  readonly db: Db;
  readonly dialect: SqlDialect;
  readonly mongo: MongoConnection;
}

export function openMongo(options: MongoStoreOptions): OpenedMongo {
  const { callersClock = false } = options;
  const mongo = new MongoConnection(options);
  const mongoClock = new MongoClock(mongo);
  const state = new State(mongo);
  const journal = new Journal(mongo, hostname(), mongoClock.now);
  const rows = new RowCollections(mongo, state);
  const place = copyPlace(options.directory);
  let database = '';
  const mirror = new Mirror({
    ...{ mongo, journal },
    open: async () => {
      database = (await state.find()) ?? '';
      const copy = CopyFile.open(place.path(), database);
      // One that was thrown away, or never was.
      if (copy.position.seq === 0) await rows.load(copy);
      return copy;
    },
    load: async (old) => {
      old.close();
      const copy = CopyFile.anew(old.path, database);
      await rows.load(copy);
      return copy;
    },
    advanced: () => folder.wake(),
  });
  const folder = new Folder({
    ...{ journal, state, rows, mirror, now: mongoClock.now },
    ...{ holder: newId(), afterMs: options.foldAfterMs },
  });
  const dialect: SqlDialect = {
    ...sqliteDialect,
    tries: TRIES,
    leaseClock: async (_db, callers) => (callersClock ? callers : await mongoClock.now()),
    mayRunAgain: (error) => error instanceof Overtaken,
    tables: async (db) => (await sqliteDialect.tables(db)).filter((name) => name !== COPY_TABLE),
    migrateAlone: async (db, work) => {
      await mirror.open();
      const claimed = await state.claim();
      if (database === '') {
        database = claimed;
        await mirror.writer.alone(async () => mirror.copy.adopt(claimed));
      }
      for (let tried = 1; ; tried++) {
        try {
          return await db.transaction().execute((trx) => work(trx, dialect));
        } catch (error) {
          if (tried === TRIES || !(error instanceof Overtaken)) throw error;
        }
      }
    },
  };
  const ending = async (): Promise<void> => {
    await folder.close();
    await mirror.close();
    place.free();
    await mongo.close();
  };
  return { db: new Kysely<Schema>({ dialect: mirrorDialect(mirror, ending) }), dialect, mongo };
}
