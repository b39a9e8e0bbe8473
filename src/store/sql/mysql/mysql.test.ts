import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { opensslAvailability } from '../../../../test/servers/https-server.ts';
import { type MariadbServer, mariadbAvailability, startMariadb } from '../../../../test/servers/mariadb-local.ts';
import { isRequired, testWith } from '../../../../test/servers/required.ts';
import { CodedError } from '../../../lib/coded-error.ts';
import { newId, type WorkerId } from '../../../lib/ids.ts';
import { describeStore } from '../../contract/describe-store.ts';
import { lineContract } from '../../contract/line-contract.ts';
import { raceContract } from '../../contract/race-contract.ts';
import { type Database, TestClock } from '../../contract/world.ts';
import type { Store } from '../../store.ts';
import type { DatabaseTls } from '../database-server.ts';
import { climb, contentsOfToday } from '../earlier-schemas.fixture.ts';
import { MIGRATIONS } from '../migrate.ts';
import { mysqlDialect } from './mysql-dialect.ts';
import { createMysqlStore, openMysql } from './mysql-store.ts';

const availability = mariadbAvailability();
const isSkipped = !availability.available && !isRequired('mariadb', process.env.PIKOCI_TEST_REQUIRE);
testWith({ mariadb: availability })('MariaDB is here', () => expect(availability.available).toBe(true));

describe.skipIf(isSkipped)('mariadb', () => {
  let server: MariadbServer;
  let admin: Connection;
  let made = 0;

  beforeAll(async () => {
    server = await startMariadb();
    admin = await createConnection({ uri: server.url, multipleStatements: true });
  }, 60_000);
  afterAll(async () => {
    await admin.end();
    await server[Symbol.asyncDispose]();
  });

  const where = (database: string) => {
    const { host, port, user, password } = server;
    return { host, port, user, password, database };
  };

  async function emptyDatabase(): Promise<string> {
    made += 1;
    const database = `test_${made}`;
    await server.query(`create database ${database}`);
    return database;
  }

  /** Making all tables takes seconds, emptying them does not. */
  async function empty(database: string): Promise<void> {
    const [rows] = await admin.query<RowDataPacket[]>(
      "select table_name as name from information_schema.tables where table_schema = ? and table_name != 'pikoci_schema'",
      [database],
    );
    const texts = rows.map(({ name }) => `delete from ${database}.${name}`);
    await admin.query(
      ['set foreign_key_checks = 0', ...texts, `alter table ${database}.feed auto_increment = 1`].join(';'),
    );
  }

  const free: string[] = [];
  const ownDatabase = async (): Promise<Database> => {
    const database = free.pop() ?? (await emptyDatabase());
    return {
      open: async (clock) => createMysqlStore({ ...where(database), connections: 4, clock, callersClock: true }),
      dispose: async () => {
        await empty(database);
        free.push(database);
      },
    };
  };
  describeStore('with a database of its own for each test', { keeps: true }, ownDatabase);
  raceContract(ownDatabase);
  lineContract(ownDatabase);

  /** What a start says, without ports. */
  const failureOf = async (store: Store): Promise<unknown> => {
    try {
      await store.migrate();
      return undefined;
    } catch (error) {
      return error instanceof CodedError ? [error.code, error.message.replace(/:\d+/g, '')] : error;
    } finally {
      await store.close();
    }
  };

  test('what no column holds is refused in a way that is known to last', async () => {
    const store = createMysqlStore(where(await emptyDatabase()));
    await store.migrate();
    const worker = { id: newId<WorkerId>(), version: '1', tags: [], slots: 1 };
    const save = (name: string) => store.saveWorker({ ...worker, name }, 0);
    await expect(save('x'.repeat(300))).rejects.toMatchObject({ code: 'store.unstorable' });
    await save('w');
    expect(await store.listWorkers()).toMatchObject([{ name: 'w' }]);
    // Also where a row that is there is passed over.
    for (const wrong of [store.ensureTeam('x'.repeat(300)), store.ensureSetting('x'.repeat(300), 'y')]) {
      await expect(wrong).rejects.toMatchObject({ code: 'store.unstorable' });
    }
    await expect(store.noteBrought(newId(), 'ab'.repeat(32))).rejects.toThrow(/foreign key/i);
    expect(await store.listTeams()).toEqual([]);
    expect(await store.ensureTeam('main')).toEqual(await store.ensureTeam('main'));
    await store.close();
  });

  test('what is wrong with the way to it is said, without the password', async () => {
    const good = where(await emptyDatabase());
    expect(await failureOf(createMysqlStore({ ...good, password: 'wrong-secret' }))).toEqual([
      'store.denied',
      `the database pikoci@127.0.0.1/${good.database} refuses the user or the password (Access denied for user 'pikoci'@'127.0.0.1' (using password: YES))`,
    ]);
    expect(await failureOf(createMysqlStore({ ...good, password: undefined }))).toMatchObject([
      'store.denied',
      expect.anything(),
    ]);
    expect(await failureOf(createMysqlStore({ ...good, database: 'nowhere' }))).toEqual([
      'store.no_database',
      "the database pikoci@127.0.0.1/nowhere has no database of that name (Unknown database 'nowhere')",
    ]);
    expect(await failureOf(createMysqlStore({ ...good, port: 1 }))).toMatchObject([
      'store.unreachable',
      expect.stringContaining('does not answer'),
    ]);
    expect(await failureOf(createMysqlStore({ ...good, host: 'nowhere.invalid' }))).toMatchObject([
      'store.unreachable',
      expect.stringContaining('is not found'),
    ]);
    expect(await failureOf(createMysqlStore({ ...good, tls: { verify: true } }))).toMatchObject([
      'store.tls',
      expect.stringContaining('does not speak TLS'),
    ]);
    await server.query('create table customers (id int)', good.database);
    expect(await failureOf(createMysqlStore(good))).toEqual([
      'store.foreign_database',
      'the database holds tables of another program, for example "customers"',
    ]);
  });

  test('a database that may only be read is refused at the start, and the schema of another version too', async () => {
    const good = where(await emptyDatabase());
    const fresh = createMysqlStore(good);
    await expect(fresh.requireSchema()).rejects.toMatchObject({ code: 'store.schema_older' });
    await fresh.migrate();
    await fresh.requireSchema();
    await fresh.close();
    await admin.query(`create user reader identified by 'reader'; grant all on ${good.database}.* to reader`);
    await admin.query('set global read_only = 1');
    const asReader = { ...good, user: 'reader', password: 'reader' };
    expect(await failureOf(createMysqlStore(asReader))).toMatchObject(['store.read_only', expect.anything()]);
    await admin.query('set global read_only = 0');
    expect(await failureOf(createMysqlStore(asReader))).toBeUndefined();
    await admin.query(
      `insert into ${good.database}.pikoci_schema select max(version) + 1, 'later', 0 from ${good.database}.pikoci_schema`,
    );
    expect(await failureOf(createMysqlStore(good))).toMatchObject(['store.schema_newer', expect.anything()]);
  });

  // Making tables takes long here: all schemas in one database, each with something in every table of it.
  test('from every earlier schema: what was in it is there', async () => {
    const clock = new TestClock();
    const db = openMysql(where(await emptyDatabase()));
    await climb(db, mysqlDialect(), clock, await contentsOfToday(clock));
    await db.destroy();
  }, 120_000);

  test('a migration that was interrupted is ended by the next start', async () => {
    const good = where(await emptyDatabase());
    const whole = createMysqlStore(good);
    await whole.migrate();
    await whole.ensureTeam('main');
    await whole.close();
    // As if the one that makes that table, and those after it, had got as far as their last word.
    const before = MIGRATIONS.findIndex(({ name }) => name === 'retention');
    await admin.query(`delete from ${good.database}.pikoci_schema where version > ${before}`);
    await admin.query(`drop table ${good.database}.passed_versions`);
    const again = createMysqlStore(good);
    await again.migrate();
    await again.requireSchema();
    expect((await again.listTeams()).map(({ name }) => name)).toEqual(['main']);
    await again.close();
    const [rows] = await admin.query<RowDataPacket[]>(`select count(*) as count from ${good.database}.passed_versions`);
    expect(rows).toEqual([{ count: 0 }] as never);
  });

  test('two servers that migrate at once, and a connection that is lost in between', async () => {
    const good = where(await emptyDatabase());
    const [one, two] = [createMysqlStore(good), createMysqlStore(good)];
    await Promise.all([one.migrate(), two.migrate()]);
    await one.ensureTeam('main');
    expect((await two.listTeams()).map(({ name }) => name)).toEqual(['main']);
    const [sessions] = await admin.query<RowDataPacket[]>(
      'select id from information_schema.processlist where db = ? and id != connection_id()',
      [good.database],
    );
    expect(sessions.length).toBeGreaterThan(0);
    for (const { id } of sessions) await admin.query(`kill ${id}`);
    // The pool hears of it at its own time: at most one question is lost.
    await two.listTeams().catch((error: unknown) => expect(error).toMatchObject({ code: 'store.unreachable' }));
    expect((await two.listTeams()).map(({ name }) => name)).toEqual(['main']);
    await Promise.all([one.close(), two.close()]);
  });

  test('many write at once, and whoever reads the feed sees every entry, in order', async () => {
    const good = where(await emptyDatabase());
    const [first, second] = [createMysqlStore(good), createMysqlStore(good)];
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
      (index % 2 === 0 ? first : second).saveWorker(
        { id: newId<WorkerId>(), name: `w${index}`, version: '1', tags: [], slots: 1 },
        Date.now(),
      );
    await Promise.all(Array.from({ length: 100 }, (_, index) => hello(index)));
    done = true;
    await reader;
    expect(seen).toHaveLength(100);
    expect(seen.toSorted((a, b) => a - b)).toEqual(seen);
    await Promise.all([first.close(), second.close()]);
  });

  test('what is alike but for a blank, an accent or a capital letter is not the same', async () => {
    const good = where(await emptyDatabase());
    const store = createMysqlStore(good);
    await store.migrate();
    const names = ['a', 'a ', 'A', 'á', "a'", 'a\\', 'a\u0000', '\u{1f600}'];
    for (const name of names) await store.ensureSetting(name, `of ${name}`);
    for (const name of names) expect(await store.getSetting(name)).toBe(`of ${name}`);
    await store.close();
  });
});

testWith({ mariadb: availability, openssl: opensslAvailability() })(
  'TLS: whom it trusts, and whom not',
  async () => {
    await using server = await startMariadb({ tls: true });
    await server.query('create database ci');
    const { port, user, password } = server;
    const ca = readFileSync(server.certificate ?? '', 'utf8');
    const outcome = async (host: string, tls: DatabaseTls | undefined): Promise<unknown> => {
      const store = createMysqlStore({ host, port, user, password, database: 'ci', tls });
      const outcome = await store.migrate().then(
        () => 'fine',
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
    // This server says nothing else to whom it takes with TLS alone: the hint has to.
    await server.query('set global require_secure_transport = 1');
    expect(await outcome('localhost', undefined)).toBe('store.denied');
    expect(await outcome('localhost', { ca, verify: true })).toBe('fine');
  },
  60_000,
);
