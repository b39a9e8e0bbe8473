import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely, sql } from 'kysely';
import { newId, type PipelineId, type RevisionId } from '../../lib/ids.ts';
import { model, TestClock } from '../contract/world.ts';
import { bringUpToDate, contentsOfToday, fill, fillEarlier } from './earlier-schemas.fixture.ts';
import { pagesOf } from './export-rows.ts';
import { goOnWithSchema, MIGRATIONS, type Migration, migrate } from './migrate.ts';
import { addColumns } from './migrations/create-tables.ts';
import type { Schema } from './schema.ts';
import { createSqlStore } from './sql-store.ts';
import { sqliteDialect, sqliteKyselyDialect } from './sqlite/sqlite-dialect.ts';
import { TRANSFERRED, type TransferredTable } from './transfer-tables.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pikoci-migrate-'));
});
afterEach(() => rm(dir, { recursive: true }));

const clock = new TestClock();
const open = () => new Kysely<Schema>({ dialect: sqliteKyselyDialect(join(dir, 'pikoci.db')) });

const later: Migration = {
  name: 'later',
  up: async (db) => {
    await sql`alter table teams add column colour text`.execute(db);
    await sql`update teams set colour = 'blue'`.execute(db);
  },
};

const filled = () => fill(open(), sqliteDialect, clock);

test('a migration runs once, on what is there', async () => {
  const { db, store, granted } = await filled();
  const migrations = [...MIGRATIONS, later];
  await migrate(db, sqliteDialect, clock, migrations);
  await migrate(db, sqliteDialect, clock, migrations);
  const { rows } = await sql`select name, colour from teams`.execute(db);
  expect(rows).toEqual([{ name: 'main', colour: 'blue' }]);
  expect(await store.getBuild(granted.build.id)).toMatchObject({ status: 'running' });
  const applied = await db.selectFrom('pikoci_schema').select(['version', 'name']).orderBy('version').execute();
  expect(applied.at(-1)).toEqual({ version: migrations.length, name: 'later' });
  await db.destroy();
});

test('one that fails leaves everything as it was', async () => {
  const { db, store } = await filled();
  const broken: Migration = {
    name: 'broken',
    up: async (trx, dialect) => {
      await later.up(trx, dialect);
      throw new Error('half-way');
    },
  };
  await expect(migrate(db, sqliteDialect, clock, [...MIGRATIONS, broken])).rejects.toThrow('half-way');
  expect(await store.listTeams()).toHaveLength(1);
  await migrate(db, sqliteDialect, clock, [...MIGRATIONS, later]);
  expect((await sql`select colour from teams`.execute(db)).rows).toEqual([{ colour: 'blue' }]);
  await db.destroy();
});

test('a newer schema is refused, and not touched', async () => {
  const { db, store } = await filled();
  await migrate(db, sqliteDialect, clock, [...MIGRATIONS, later]);
  await expect(store.migrate()).rejects.toMatchObject({
    code: 'store.schema_newer',
    message: `the database has schema ${MIGRATIONS.length + 1}, and this pikoci knows schemas up to ${MIGRATIONS.length}`,
  });
  await db.destroy();
});

test('a server goes on where a newer one has brought the schema up to date and failed, and the next newer one does that again', async () => {
  const { db, store } = await filled();
  const newer: Migration = {
    name: 'newer',
    up: async (trx, dialect) => {
      await addColumns(trx, dialect, 'teams', { colour: 'text' });
      await sql`update teams set colour = 'blue' where colour is null`.execute(trx);
    },
  };
  await migrate(db, sqliteDialect, clock, [...MIGRATIONS, newer]);
  await expect(store.requireSchema()).rejects.toMatchObject({ code: 'store.schema_newer' });
  await store.goOnWithSchema();
  await store.requireSchema();
  await store.ensureTeam('made meanwhile');
  await migrate(db, sqliteDialect, clock, [...MIGRATIONS, newer]);
  const { rows } = await sql`select name, colour from teams order by name`.execute(db);
  expect(rows).toEqual([
    { name: 'made meanwhile', colour: 'blue' },
    { name: 'main', colour: 'blue' },
  ]);
  await db.destroy();
});

test('no migration takes away what the schema before it has', async () => {
  const columns = async (version: number): Promise<string[]> => {
    const db = new Kysely<Schema>({ dialect: sqliteKyselyDialect(':memory:') });
    await migrate(db, sqliteDialect, clock, MIGRATIONS.slice(0, version));
    const tables = await sqliteDialect.tables(db);
    const found = await Promise.all(
      tables.map(async (table) =>
        (await sql<{ name: string }>`select name from pragma_table_info(${table})`.execute(db)).rows.map(
          ({ name }) => `${table}.${name}`,
        ),
      ),
    );
    await db.destroy();
    return found.flat();
  };
  let before: string[] = [];
  for (let version = 1; version <= MIGRATIONS.length; version++) {
    const now = await columns(version);
    expect(now.length).toBeGreaterThan(0);
    expect([version, before.filter((column) => !now.includes(column))]).toEqual([version, []]);
    before = now;
  }
});

test('each migration may be done again, and what is there is there once', async () => {
  const { db, store, granted } = await filled();
  for (let version = 1; version < MIGRATIONS.length; version++) {
    await goOnWithSchema(db, sqliteDialect, MIGRATIONS.slice(0, version));
    await migrate(db, sqliteDialect, clock);
  }
  await store.requireSchema();
  expect(await store.getBuild(granted.build.id)).toMatchObject({ status: 'running' });
  await db.destroy();
});

test('without leave to migrate, an earlier schema is refused and not touched', async () => {
  const db = open();
  await migrate(db, sqliteDialect, clock, MIGRATIONS.slice(0, 3));
  await expect(createSqlStore(db, sqliteDialect, clock).requireSchema()).rejects.toMatchObject({
    code: 'store.schema_older',
    message: `the database has schema 3, and this pikoci needs schema ${MIGRATIONS.length}`,
    hint: expect.stringContaining('--run-migrations'),
  });
  expect(await db.selectFrom('pikoci_schema').selectAll().execute()).toHaveLength(3);
  await db.destroy();
});

test('a second program finds what the first one made', async () => {
  const [one, two] = [open(), open()];
  await migrate(one, sqliteDialect, clock);
  await migrate(two, sqliteDialect, clock);
  expect(await one.selectFrom('pikoci_schema').selectAll().execute()).toHaveLength(MIGRATIONS.length);
  await Promise.all([one.destroy(), two.destroy()]);
});

test('revisions of before their notes are read as they were', async () => {
  const db = open();
  await migrate(db, sqliteDialect, clock, MIGRATIONS.slice(0, 1));
  const store = createSqlStore(db, sqliteDialect, clock);
  const team = await store.ensureTeam('main');
  const [pipelineId, revisionId] = [newId<PipelineId>(), newId<RevisionId>()];
  const of = { revision_id: revisionId, revision: 1, public: 0, created_at: 1, updated_at: 1 } as const;
  await db
    .insertInto('pipelines')
    .values({ id: pipelineId, team_id: team.id, name: 'app', ...of })
    .execute();
  const bundle = { main: 'p', files: { p: 'text' } };
  const old = [
    revisionId,
    pipelineId,
    1,
    JSON.stringify(bundle),
    JSON.stringify(model([], [])),
    'x',
    'ada',
    1,
  ] as const;
  await sql`insert into revisions (id, pipeline_id, number, bundle_json, model_json, digest, set_by, created_at) values (${sql.join(old)})`.execute(
    db,
  );
  await store.migrate();
  expect(await store.findRevision(pipelineId, 1)).toEqual({
    id: revisionId,
    pipelineId,
    number: 1,
    bundle,
    model: model([], []),
    sources: {},
    setBy: 'ada',
    createdAt: 1,
  });
  await db.destroy();
});

test('from every earlier schema: what was in it is there, and it is one to work with', async () => {
  const contents = await contentsOfToday(clock);
  for (let version = 1; version < MIGRATIONS.length; version++) {
    const db = new Kysely<Schema>({ dialect: sqliteKyselyDialect(':memory:') });
    await bringUpToDate(db, sqliteDialect, clock, { version, contents });
    await db.destroy();
  }
});

test('an export of every earlier schema is imported as a database of it is brought up to date', async () => {
  const contents = await contentsOfToday(clock);
  for (let version = 1; version < MIGRATIONS.length; version++) {
    const [before, after] = [1, 2].map(() => new Kysely<Schema>({ dialect: sqliteKyselyDialect(':memory:') }));
    if (before === undefined || after === undefined) throw new Error('two were made');
    await fillEarlier(before, sqliteDialect, clock, { version, contents });
    const store = createSqlStore(after, sqliteDialect, clock);
    await store.beginImport(version);
    const tables = await sqliteDialect.tables(before);
    const moved = (Object.keys(TRANSFERRED) as TransferredTable[]).filter((table) => tables.includes(table));
    for await (const page of pagesOf(before, moved)) await store.importPage(page);
    await store.finishImport({ now: clock.now(), errorRetries: 2, retryAt: () => clock.now() });
    await store.migrate();
    const builds = await store.listBuilds({ limit: 100 });
    expect([version, builds.items.length]).toEqual([version, contents.get('builds')?.length ?? -1]);
    expect(builds.items.map(({ status }) => status)).not.toContain('running');
    await before.destroy();
    await store.close();
  }
});
