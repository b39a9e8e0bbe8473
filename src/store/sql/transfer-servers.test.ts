import { afterAll, beforeAll, describe } from 'bun:test';
import { type MariadbServer, mariadbAvailability, startMariadb } from '../../../test/servers/mariadb-local.ts';
import { type PostgresServer, postgresAvailability, startPostgres } from '../../../test/servers/postgres-local.ts';
import { isRequired, testWith } from '../../../test/servers/required.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../../test/servers/temporary-directory.ts';
import { describeTransfer } from '../contract/transfer-contract.ts';
import type { TestClock } from '../contract/world.ts';
import { createMysqlStore } from './mysql/mysql-store.ts';
import { createPostgresStore } from './postgres/postgres-store.ts';
import { createSqliteStore } from './sqlite/sqlite-store.ts';

const servers = { postgres: postgresAvailability(), mariadb: mariadbAvailability() };
const isThere = Object.values(servers).every(({ available }) => available);
const isWanted = (['postgres', 'mariadb'] as const).some((name) => isRequired(name, process.env.PIKOCI_TEST_REQUIRE));
testWith(servers)('PostgreSQL and MariaDB are here', () => undefined);

describe.skipIf(!isThere && !isWanted)('database servers', () => {
  let postgres: PostgresServer;
  let mariadb: MariadbServer;
  let place: TemporaryDirectory;
  let made = 0;
  beforeAll(async () => {
    place = temporaryDirectory('transfer');
    [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()]);
  }, 60_000);
  afterAll(async () => {
    await postgres[Symbol.asyncDispose]();
    await mariadb[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  const emptyDatabase = async (server: PostgresServer | MariadbServer) => {
    made += 1;
    await server.query(`create database moved_${made}`);
    const { host, port, user, password } = server;
    return { host, port, user, password, database: `moved_${made}`, connections: 4, callersClock: true };
  };
  const dispose = async () => undefined;
  const memory = {
    name: 'memory',
    create: async () => ({
      open: async (clock: TestClock) => createSqliteStore({ path: ':memory:', clock }),
      dispose,
    }),
  };
  const ofPostgres = {
    name: 'PostgreSQL',
    create: async () => {
      const where = await emptyDatabase(postgres);
      return { open: async (clock: TestClock) => createPostgresStore({ ...where, clock }), dispose };
    },
  };
  const ofMariadb = {
    name: 'MariaDB',
    create: async () => {
      const where = await emptyDatabase(mariadb);
      return { open: async (clock: TestClock) => createMysqlStore({ ...where, clock }), dispose };
    },
  };

  describeTransfer([memory, ofMariadb, ofPostgres, ofMariadb], () => place.path);
});
