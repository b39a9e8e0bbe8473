import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely, sql } from 'kysely';
import { newId, type PipelineId, type RevisionId } from '../../lib/ids.ts';
import { model, TestClock } from '../contract/world.ts';
import { bringUpToDate, contentsOfToday, fill, fillEarlier } from './earlier-schemas.fixture.ts';
import { pagesOf } from './export-rows.ts';
import { MIGRATIONS, type Migration, migrate } from './migrate.ts';
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
