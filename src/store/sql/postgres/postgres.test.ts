import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Client } from 'pg';
import { type PostgresServer, postgresAvailability, startPostgres } from '../../../../test/servers/postgres-local.ts';
import { isRequired, testWith } from '../../../../test/servers/required.ts';
import { CodedError } from '../../../lib/coded-error.ts';
import { newId, type WorkerId } from '../../../lib/ids.ts';
import { describeStore } from '../../contract/describe-store.ts';
import { createPostgresStore } from './postgres-store.ts';

const availability = postgresAvailability();
const isSkipped = !availability.available && !isRequired('postgres', process.env.PIKOCI_TEST_REQUIRE);
testWith({ postgres: availability })('PostgreSQL is here', () => expect(availability.available).toBe(true));

describe.skipIf(isSkipped)('postgresql', () => {
  let server: PostgresServer;
  let admin: Client;
  let made = 0;

  beforeAll(async () => {
    server = await startPostgres();
    admin = new Client({ connectionString: server.url });
    await admin.connect();
  }, 60_000);
  afterAll(async () => {
    await admin.end();
    await server[Symbol.asyncDispose]();
  });

  describeStore('with a schema of its own for each test', { keeps: true }, async () => {
    made += 1;
    const schema = `contract_${made}`;
    await admin.query(`create schema ${schema}`);
    const { host, port, user, password } = server;
    const where = { host, port, user, password, database: 'postgres', schema, connections: 4 };
    return {
      open: async (clock) => createPostgresStore({ ...where, clock, callersClock: true }),
      dispose: async () => {
        await admin.query(`drop schema ${schema} cascade`);
      },
    };
  });

  const where = () => ({ host: server.host, port: server.port, user: server.user, password: server.password });
  const failureOf = async (store: ReturnType<typeof createPostgresStore>): Promise<unknown> => {
    try {
      await store.migrate();
      return undefined;
    } catch (error) {
      return error instanceof CodedError ? [error.code, error.message.replace(/:\d+/, '')] : error;
    } finally {
      await store.close();
    }
  };

  test('what is wrong with the way to it is said, without the password', async () => {
    const good = { ...where(), database: 'postgres' };
    expect(await failureOf(createPostgresStore({ ...good, password: 'wrong-secret' }))).toEqual([
      'store.denied',
      'the database postgres@127.0.0.1/postgres refuses the user or the password (password authentication failed for user "postgres")',
    ]);
    expect(await failureOf(createPostgresStore({ ...good, database: 'none' }))).toEqual([
      'store.no_database',
      'the database postgres@127.0.0.1/none has no database of that name (database "none" does not exist)',
    ]);
    expect(await failureOf(createPostgresStore({ ...good, port: 1 }))).toMatchObject([
      'store.unreachable',
      expect.any(String),
    ]);
    expect(await failureOf(createPostgresStore({ ...good, tls: { verify: true } }))).toMatchObject([
      'store.no_tls',
      expect.any(String),
    ]);
    await admin.query('create schema foreign_tables; create table foreign_tables.customers (id int)');
    expect(await failureOf(createPostgresStore({ ...good, schema: 'foreign_tables' }))).toEqual([
      'store.foreign_database',
      'the database holds tables of another program, for example "customers"',
    ]);
  });

  test('two servers that migrate at once, and a connection that is lost in between', async () => {
    await admin.query('create schema pair');
    const pair = [1, 2].map(() => createPostgresStore({ ...where(), database: 'postgres', schema: 'pair' }));
    const [one, two] = pair;
    if (one === undefined || two === undefined) throw new Error('two were made');
    await Promise.all(pair.map((store) => store.migrate()));
    await one.ensureTeam('main');
    expect((await two.listTeams()).map(({ name }) => name)).toEqual(['main']);
    await admin.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()',
      ['pikoci'],
    );
    // The pool hears of it at its own time: at most one question is lost.
    await two.listTeams().catch((error: unknown) => expect(error).toMatchObject({ code: 'store.unreachable' }));
    expect((await two.listTeams()).map(({ name }) => name)).toEqual(['main']);
    await Promise.all(pair.map((store) => store.close()));
  });

  test('many write at once, and whoever reads the feed sees every entry, in order', async () => {
    await admin.query('create schema busy');
    const stores = [1, 2].map(() => createPostgresStore({ ...where(), database: 'postgres', schema: 'busy' }));
    const [first] = stores;
    if (first === undefined) throw new Error('two were made');
    await first.migrate();
    const seen: number[] = [];
    let done = false;
    const reader = (async () => {
      for (let last = false; ; last = done) {
        const entries = await first.listFeed(seen.at(-1) ?? 0, 50);
        seen.push(...entries.map(({ cursor }) => cursor));
        if (last && entries.length === 0) return;
      }
    })();
    const hello = (index: number) =>
      stores[index % 2]?.saveWorker(
        { id: newId<WorkerId>(), name: `w${index}`, version: '1', tags: [], slots: 1 },
        Date.now(),
      );
    await Promise.all(Array.from({ length: 100 }, (_, index) => hello(index)));
    done = true;
    await reader;
    expect(seen).toHaveLength(100);
    expect(seen.toSorted((a, b) => a - b)).toEqual(seen);
    await Promise.all(stores.map((store) => store.close()));
  });
});
