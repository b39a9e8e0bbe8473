/** Databases as earlier versions of the program left them, with rows in them, and what becomes of the rows. */
import { expect } from 'bun:test';
import { Kysely, sql } from 'kysely';
import { newId } from '../../lib/ids.ts';
import { automatic, commit } from '../contract/builds-contract.ts';
import { digestOf, fillWorld, STRANGE_BYTES, STRANGE_TEXT } from '../contract/full-world.ts';
import { some, type TestClock, World } from '../contract/world.ts';
import type { SqlDialect } from './dialect.ts';
import { goOnWithSchema, MIGRATIONS, migrate } from './migrate.ts';
import type { Schema } from './schema.ts';
import { createSqlStore } from './sql-store.ts';
import { sqliteDialect, sqliteKyselyDialect } from './sqlite/sqlite-dialect.ts';

/** Brings a database to the schema of today and writes something into most tables. */
export async function fill(db: Kysely<Schema>, dialect: SqlDialect, clock: TestClock) {
  const store = createSqlStore(db, dialect, clock);
  await store.migrate();
  const world = new World(store, clock);
  const app = await world.simple({ serialGroups: ['g'], tags: ['t'] });
  const [version] = await world.versions(app.resource, 'a');
  const builds = [automatic(world, app, some(version))];
  await store.commitDecisions(commit(world, app, { builds }));
  const granted = some(await world.grantBuild({ tags: ['t'] }));
  await world.append(granted, 1, world.started(), world.log('2', 'text'));
  return { db, store, granted, app };
}

type Row = Readonly<Record<string, unknown>>;
/** Rows by table, the tables in the order they were made in: each after those it refers to. */
type Contents = ReadonlyMap<string, readonly Row[]>;

/** Its numbers are given by the database: they are not written by hand. */
const LEFT_OUT = ['pikoci_schema', 'feed', 'board'];

/** What there is in a database of today: something in every table. */
export async function contentsOfToday(clock: TestClock): Promise<Contents> {
  const db = new Kysely<Schema>({ dialect: sqliteKyselyDialect(':memory:') });
  const store = createSqlStore(db, sqliteDialect, clock);
  await store.migrate();
  const { app } = await fillWorld(new World(store, clock));
  const digest = digestOf('a cache');
  const cache = { key: STRANGE_TEXT, digest, size: STRANGE_BYTES.length };
  await store.saveCache({ pipelineId: app.pipeline.id, scope: digest }, cache, clock.now());
  await store.beginBlob(digest, STRANGE_BYTES.length, clock.now());
  await store.saveBlobChunk(digest, 0, STRANGE_BYTES);
  await store.completeBlob(digest, clock.now());
  const server = { id: newId(), place: 'here', name: 'host', version: '1', address: 'http://ci.test', queue: 'nats' };
  await store.keepServer({ ...server, startedAt: clock.now(), keysDigest: 'k', sole: false }, 60_000);
  await store.takeLease('retention', server.id, 60_000);
  await store.addShortLived({ kind: 'upload', id: 'u' }, STRANGE_TEXT, clock.now() + 60_000);
  const decided = await db.selectFrom('decisions').select('number').executeTakeFirst();
  if (decided === undefined)
    await db.insertInto('decisions').values({ pipeline_id: app.pipeline.id, number: 1 }).execute();
  const contents = await contentsOf(db, sqliteDialect);
  const empty = (await sqliteDialect.tables(db)).filter((table) => !contents.has(table) && !LEFT_OUT.includes(table));
  expect(empty).toEqual([]);
  await db.destroy();
  return contents;
}

async function contentsOf(db: Kysely<Schema>, dialect: SqlDialect): Promise<Contents> {
  const contents = new Map<string, readonly Row[]>();
  for (const table of await dialect.tables(db)) {
    if (LEFT_OUT.includes(table)) continue;
    const { rows } = await sql<Row>`select * from ${sql.table(table)}`.execute(db);
    if (rows.length > 0) contents.set(table, rows);
  }
  return contents;
}

interface Filling {
  readonly version: number;
  readonly contents: Contents;
  readonly schema?: string;
}

/** The columns of each table then, and its rows with them. */
interface Earlier {
  readonly columns: ReadonlyMap<string, readonly string[]>;
  readonly then: Contents;
}

/** Puts what schema `version` knows of the contents into an empty database. */
export async function fillEarlier(
  db: Kysely<Schema>,
  dialect: SqlDialect,
  clock: TestClock,
  { version, contents, schema }: Filling,
): Promise<Earlier> {
  await migrate(db, dialect, clock, MIGRATIONS.slice(0, version));
  const columns = new Map(
    (await db.introspection.getTables())
      // One database may have several schemas, each with its tables of these names.
      .filter((table) => schema === undefined || table.schema === schema)
      .map((table) => [table.name, table.columns.map(({ name }) => name)]),
  );
  const then = new Map<string, readonly Row[]>();
  for (const [table, rows] of contents) {
    const known = columns.get(table);
    if (known === undefined) continue;
    const kept = rows.map((row) => Object.fromEntries(known.map((column) => [column, row[column]])));
    await insertRows(db, table, known, kept);
    then.set(table, kept);
  }
  return { columns, then };
}

/** The same, brings it up to date, and looks whether all of it is there as it was. */
export async function bringUpToDate(
  db: Kysely<Schema>,
  dialect: SqlDialect,
  clock: TestClock,
  filling: Filling,
): Promise<void> {
  const { version } = filling;
  const { columns, then } = await fillEarlier(db, dialect, clock, filling);
  expect(then.size).toBeGreaterThan(10);
  const store = createSqlStore(db, dialect, clock);
  await store.migrate();
  // And again, as where a server of that schema went on.
  await goOnWithSchema(db, dialect, MIGRATIONS.slice(0, version));
  await store.migrate();
  for (const [table, rows] of then) {
    const names = sql.join((columns.get(table) ?? []).map((name) => sql.ref(name)));
    const now = await sql<Row>`select ${names} from ${sql.table(table)}`.execute(db);
    expect([table, comparable(now.rows)]).toEqual([table, comparable(rows)]);
  }
  // And it is one to work with.
  const builds = await store.listBuilds({ limit: 10 });
  expect(builds.items.map(({ status }) => status)).toContain('running');
  expect(await store.ensureSetting('written', 'afterwards')).toBe('afterwards');
}

/**
 * From the first schema to that of today in one database, for servers that take long to make tables: before each migration there is something in every table and column that
 * there is then.
 */
export async function climb(
  db: Kysely<Schema>,
  dialect: SqlDialect,
  clock: TestClock,
  contents: Contents,
): Promise<void> {
  let filled = new Map<string, readonly string[]>();
  for (let version = 1; version <= MIGRATIONS.length; version++) {
    await migrate(db, dialect, clock, MIGRATIONS.slice(0, version));
    if (version > 1) {
      // And again, as where a server of the schema before went on.
      await goOnWithSchema(db, dialect, MIGRATIONS.slice(0, version - 1));
      await migrate(db, dialect, clock, MIGRATIONS.slice(0, version));
    }
    const there = new Set(await dialect.tables(db));
    const now = new Map<string, readonly string[]>();
    for (const [table, rows] of contents) {
      if (!there.has(table)) continue;
      const columns = await dialect.columnsOf(db, table);
      now.set(table, columns);
      const before = filled.get(table);
      if (before === undefined) await insertRows(db, table, columns, rows);
      else await setColumns(db, table, { key: before, added: columns.filter((name) => !before.includes(name)) }, rows);
    }
    filled = now;
  }
  for (const [table, rows] of contents) {
    const now =
      await sql<Row>`select ${sql.join((filled.get(table) ?? []).map((name) => sql.ref(name)))} from ${sql.table(table)}`.execute(
        db,
      );
    const kept = rows.map((row) => Object.fromEntries((filled.get(table) ?? []).map((name) => [name, row[name]])));
    expect([table, comparable(now.rows)]).toEqual([table, comparable(kept)]);
  }
}

/** Of rows that are there, found by what tells them apart. */
async function setColumns(
  db: Kysely<Schema>,
  table: string,
  { key, added }: { readonly key: readonly string[]; readonly added: readonly string[] },
  rows: readonly Row[],
): Promise<void> {
  if (added.length === 0) return;
  const short = key.filter((name) => /(^|_)(id|digest|name|number|key|scope|position|step|seq)$/.test(name));
  for (const row of rows) {
    const set = sql.join(added.map((name) => sql`${sql.ref(name)} = ${row[name]}`));
    const which = sql.join(
      short.filter((name) => row[name] !== null).map((name) => sql`${sql.ref(name)} = ${row[name]}`),
      sql` and `,
    );
    await sql`update ${sql.table(table)} set ${set} where ${which}`.execute(db);
  }
}

async function insertRows(
  db: Kysely<Schema>,
  table: string,
  columns: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  const names = sql.join(columns.map((name) => sql.ref(name)));
  for (const row of rows) {
    const values = sql.join(columns.map((name) => row[name]));
    await sql`insert into ${sql.table(table)} (${names}) values (${values})`.execute(db);
  }
}

/** In an order that does not depend on how they are stored, bytes as text. */
const comparable = (rows: readonly Row[]): readonly string[] =>
  rows
    .map((row) =>
      JSON.stringify(
        Object.entries(row).map(([name, value]) => [
          name,
          value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
        ]),
      ),
    )
    .sort();
