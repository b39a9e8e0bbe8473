/** What the tests of this folder share: a server, and empty databases on it. */
import { expect } from 'bun:test';
import { sql } from 'kysely';
import { MongoClient } from 'mongodb';
import {
  type MongoServer,
  mongoAvailability,
  runningMongo,
  startMongoServer,
} from '../../../test/servers/mongodb/mongo-server.ts';
import { temporaryDirectory } from '../../../test/servers/temporary-directory.ts';
import { newId } from '../../lib/ids.ts';
import { type Database, some } from '../contract/world.ts';
import type { MongoAddress } from './mongo-connection.ts';
import { createMongoStore, type OpenedMongo, openMongo } from './mongo-store.ts';

export const availability = await mongoAvailability();

export interface Databases extends AsyncDisposable {
  /** Of a database that is not there yet. */
  empty(): MongoAddress;
  /** As the contracts want it. `compared`: at its end the copy is held against one made anew. */
  forContract(compared?: boolean): Promise<Database>;
  /** Past the store. */
  readonly client: MongoClient;
}

/** Every row of every table, in an order of their own. */
export async function contentsOfCopy({
  db,
  dialect,
}: OpenedMongo): Promise<Readonly<Record<string, readonly string[]>>> {
  const contents: Record<string, readonly string[]> = {};
  for (const table of await dialect.tables(db)) {
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(table)}`.execute(db);
    contents[table] = rows
      .map((row) =>
        JSON.stringify(row, (_, value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value)),
      )
      .sort();
  }
  return contents;
}

export async function openDatabases(): Promise<Databases> {
  const running = runningMongo();
  const server: MongoServer | undefined = running === undefined ? await startMongoServer() : undefined;
  const url = new URL(running?.href ?? server?.url ?? '');
  const client = new MongoClient(url.href);
  const made: string[] = [];
  const empty = (): MongoAddress => {
    const database = `pikoci_test_${newId().replaceAll('-', '').slice(-12)}`;
    made.push(database);
    return {
      ...{ host: url.hostname, port: Number(url.port || 27_017), database, connections: 4 },
      user: decodeURIComponent(url.username) || 'pikoci',
      ...(url.password !== '' && { password: decodeURIComponent(url.password) }),
      ...(url.searchParams.has('replicaSet') && { replicaSet: url.searchParams.get('replicaSet') ?? '' }),
    };
  };
  return {
    empty,
    client,
    async forContract(compared = false) {
      const where = empty();
      const directory = compared ? temporaryDirectory('mongodb-contract') : undefined;
      const options = { ...where, callersClock: true, foldAfterMs: 'never' as const };
      return {
        open: async (clock) => createMongoStore({ ...options, clock, directory: directory?.path }),
        dispose: async () => {
          if (directory === undefined) return;
          const [kept, anew] = [{ ...options, directory: directory.path }, options].map(openMongo);
          expect(await contentsOfCopy(some(anew))).toEqual(await contentsOfCopy(some(kept)));
          await Promise.all([kept?.db.destroy(), anew?.db.destroy()]);
          await directory[Symbol.asyncDispose]();
        },
      };
    },
    async [Symbol.asyncDispose]() {
      // One that was there before keeps nothing of ours.
      if (server === undefined) for (const name of made) await client.db(name).dropDatabase();
      await client.close();
      await server?.[Symbol.asyncDispose]();
    },
  };
}
