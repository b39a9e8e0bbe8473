/** What the tests of this folder share: a server, and empty databases on it. */
import { MongoClient } from 'mongodb';
import {
  type MongoServer,
  mongoAvailability,
  runningMongo,
  startMongoServer,
} from '../../../test/servers/mongodb/mongo-server.ts';
import { newId } from '../../lib/ids.ts';
import type { Database } from '../contract/world.ts';
import type { MongoAddress } from './mongo-connection.ts';
import { createMongoStore } from './mongo-store.ts';

export const availability = await mongoAvailability();

export interface Databases extends AsyncDisposable {
  /** Of a database that is not there yet. */
  empty(): MongoAddress;
  /** As the contracts want it. */
  forContract(): Promise<Database>;
  /** Past the store. */
  readonly client: MongoClient;
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
    async forContract() {
      const where = empty();
      return {
        open: async (clock) => createMongoStore({ ...where, clock, callersClock: true, foldAfterMs: 'never' }),
        dispose: async () => undefined,
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
