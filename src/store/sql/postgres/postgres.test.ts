import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { Client } from 'pg';
import { opensslAvailability } from '../../../../test/servers/https-server.ts';
import { type PostgresServer, postgresAvailability, startPostgres } from '../../../../test/servers/postgres-local.ts';
import { isRequired, testWith } from '../../../../test/servers/required.ts';
import { CodedError } from '../../../lib/coded-error.ts';
import { newId, type WorkerId } from '../../../lib/ids.ts';
import { describeStore } from '../../contract/describe-store.ts';
import { lineContract } from '../../contract/line-contract.ts';
import { raceContract } from '../../contract/race-contract.ts';
import { type Database, TestClock } from '../../contract/world.ts';
import type { DatabaseTls } from '../database-server.ts';
import { bringUpToDate, contentsOfToday } from '../earlier-schemas.fixture.ts';
import { MIGRATIONS } from '../migrate.ts';
import { postgresDialect } from './postgres-dialect.ts';
import { createPostgresStore, openPostgres } from './postgres-store.ts';

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

  const emptySchema = async (): Promise<Database> => {
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
  };
  describeStore('with a schema of its own for each test', { keeps: true }, emptySchema);
  raceContract(emptySchema);
  lineContract(emptySchema);

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
    expect(await failureOf(createPostgresStore({ ...good, password: undefined }))).toMatchObject([
      'store.denied',
      expect.stringContaining('wants a password, and none was given'),
    ]);
    expect(await failureOf(createPostgresStore({ ...good, host: 'nowhere.invalid' }))).toMatchObject([
      'store.unreachable',
      expect.stringContaining('postgres@nowhere.invalid/postgres is not found'),
    ]);
    expect(await failureOf(createPostgresStore({ ...good, tls: { verify: true } }))).toMatchObject([
      'store.tls',
      expect.stringContaining('does not speak TLS'),
    ]);
    await admin.query('create schema foreign_tables; create table foreign_tables.customers (id int)');
    expect(await failureOf(createPostgresStore({ ...good, schema: 'foreign_tables' }))).toEqual([
      'store.foreign_database',
      'the database holds tables of another program, for example "customers"',
    ]);
    // Also where they are of a user who lets us see nothing of them.
    await admin.query(
      'create role guest login password $$guest$$; grant usage, create on schema foreign_tables to guest',
    );
    const guest = { ...good, user: 'guest', password: 'guest', schema: 'foreign_tables' };
    expect(await failureOf(createPostgresStore(guest))).toMatchObject(['store.foreign_database', expect.any(String)]);
  });

  test('a database that may only be read is refused at the start, and the schema of another version too', async () => {
    const good = { ...where(), database: 'postgres' };
    await admin.query('create schema readers; create role reader login password $$reader$$');
    await admin.query(
      'alter role reader set default_transaction_read_only = on; grant all on schema readers to reader',
    );
    const asReader = { ...good, user: 'reader', password: 'reader', schema: 'readers' };
    const owner = () => createPostgresStore({ ...good, schema: 'readers' });
    const untouched = owner();
    await expect(untouched.requireSchema()).rejects.toMatchObject({
      code: 'store.schema_older',
      message: expect.stringContaining('is empty'),
    });
    await untouched.close();
    expect(await failureOf(createPostgresStore(asReader))).toMatchObject(['store.read_only', expect.any(String)]);
    expect(await failureOf(owner())).toBeUndefined();
    await admin.query('grant all on all tables in schema readers to reader');
    expect(await failureOf(createPostgresStore(asReader))).toMatchObject(['store.read_only', expect.any(String)]);
    const current = owner();
    await current.requireSchema();
    await current.close();
    await admin.query(
      `insert into readers.pikoci_schema select max(version) + 1, 'later', 0 from readers.pikoci_schema`,
    );
    expect(await failureOf(owner())).toMatchObject(['store.schema_newer', expect.stringContaining('knows schemas')]);
  });

  test('what no column holds is refused in a way that is known to last', async () => {
    await admin.query('create schema narrow');
    const store = createPostgresStore({ ...where(), database: 'postgres', schema: 'narrow' });
    await store.migrate();
    await expect(store.ensureTeam('x'.repeat(300))).rejects.toMatchObject({ code: 'store.unstorable' });
    expect(await store.ensureTeam('main')).toMatchObject({ name: 'main' });
    await store.close();
  });

  test('from every earlier schema: what was in it is there, and it is one to work with', async () => {
    const clock = new TestClock();
    const contents = await contentsOfToday(clock);
    for (let version = 1; version < MIGRATIONS.length; version++) {
      const schema = `of_version_${version}`;
      await admin.query(`create schema ${schema}`);
      const db = openPostgres({ ...where(), database: 'postgres', schema });
      await bringUpToDate(db, postgresDialect(), clock, { version, contents, schema });
      await db.destroy();
    }
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

testWith({ postgres: availability, openssl: opensslAvailability() })(
  'TLS: whom it trusts, and whom not',
  async () => {
    await using server = await startPostgres({ tls: true });
    const { port, user, password } = server;
    const ca = readFileSync(server.certificate ?? '', 'utf8');
    const outcome = async (host: string, tls: DatabaseTls | undefined): Promise<unknown> => {
      const store = createPostgresStore({ host, port, user, password, database: 'postgres', tls });
      const outcome = await store.migrate().then(
        async () => 'fine',
        (error: unknown) => (error instanceof CodedError ? error.code : error),
      );
      await store.close();
      return outcome;
    };
    expect(await outcome('localhost', { ca, verify: true })).toBe('fine');
    expect(await outcome('localhost', { verify: false })).toBe('fine');
    expect(await outcome('localhost', { verify: true })).toBe('store.tls');
    // The certificate is not for this name.
    expect(await outcome('127.0.0.1', { ca, verify: true })).toBe('store.tls');
    expect(await outcome('localhost', { ca: '-----BEGIN CERTIFICATE-----\nx', verify: true })).toBe('store.tls');
    // Where the server takes nobody without TLS.
    writeFileSync(await server.query('show hba_file'), 'hostssl all all 127.0.0.1/32 scram-sha-256\n');
    await server.stop();
    await server.start();
    expect(await outcome('localhost', undefined)).toBe('store.tls');
    expect(await outcome('localhost', { ca, verify: true })).toBe('fine');
  },
  60_000,
);
