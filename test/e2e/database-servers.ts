/** The database servers that pikoci can keep everything in, each as the tests of `databases.test.ts` need it. */

import { mariadbAvailability, startMariadb } from '../servers/mariadb-local.ts';
import { type MongoDatabaseServer, startMongoDatabaseServer } from '../servers/mongodb/mongo-database-server.ts';
import { mongoAvailability } from '../servers/mongodb/mongo-server.ts';
import { postgresAvailability, startPostgres } from '../servers/postgres-local.ts';
import type { Availability, OptionalServer } from '../servers/required.ts';

export interface DatabaseServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly url: string;
  /** Runs SQL as the one who may do everything, in that database or in the server's own. */
  query(sql: string, database?: string): Promise<string>;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** It is there and says nothing, until the returned function is called. */
  pause(): () => void;
}

export interface DatabaseKind {
  readonly system: string;
  readonly server: OptionalServer;
  readonly availability: Availability;
  readonly start: () => Promise<DatabaseServer>;
  /** Whether it makes a database that is asked for and not there. */
  readonly makesDatabases?: true;
  /** Makes a user `reader` with the password `reader` who can see and never write. */
  readonly makeReader: (server: DatabaseServer, database: string) => Promise<void>;
}

export const DATABASE_KINDS: readonly DatabaseKind[] = [
  {
    system: 'postgresql',
    server: 'postgres',
    availability: postgresAvailability(),
    start: startPostgres,
    makeReader: async (server, database) => {
      await server.query("create role reader login password 'reader'");
      await server.query('alter role reader set default_transaction_read_only = on');
      await server.query('grant all on all tables in schema public to reader', database);
    },
  },
  {
    system: 'mysql',
    server: 'mariadb',
    availability: mariadbAvailability(),
    start: startMariadb,
    makeReader: async (server, database) => {
      await server.query("create user reader identified by 'reader'");
      await server.query(`grant all on ${database}.* to reader`);
      await server.query('set global read_only = 1');
    },
  },
  {
    system: 'mongodb',
    server: 'mongodb',
    availability: await mongoAvailability(),
    start: startMongoDatabaseServer,
    makesDatabases: true,
    makeReader: async (server) => {
      if ('addUser' in server)
        (server as MongoDatabaseServer).addUser('reader', { password: 'reader', mayOnlyRead: true });
    },
  },
];
