/** Databases as earlier versions of the program left them, with rows in them, and what becomes of the rows. */
import { expect } from 'bun:test';
import { Kysely, sql } from 'kysely';
import { automatic, commit } from '../contract/builds-contract.ts';
import { some, type TestClock, World } from '../contract/world.ts';
import type { SqlDialect } from './dialect.ts';
import { MIGRATIONS, migrate } from './migrate.ts';
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
const LEFT_OUT = ['pikoci_schema', 'feed'];

/** What there is in a database of today. */
export async function contentsOfToday(clock: TestClock): Promise<Contents> {
  const { db } = await fill(new Kysely<Schema>({ dialect: sqliteKyselyDialect(':memory:') }), sqliteDialect, clock);
  const contents = await contentsOf(db, sqliteDialect);
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

/** Puts what schema `version` knows of the contents into an empty database, brings it up to date, and looks whether all of it is there as it was. */
export async function bringUpToDate(
  db: Kysely<Schema>,
  dialect: SqlDialect,
  clock: TestClock,
  { version, contents, schema }: { readonly version: number; readonly contents: Contents; readonly schema?: string },
): Promise<void> {
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
    for (const row of kept) {
      await sql`insert into ${sql.table(table)} (${sql.join(known.map((name) => sql.ref(name)))}) values (${sql.join(known.map((name) => row[name]))})`.execute(
        db,
      );
    }
    then.set(table, kept);
  }
  expect(then.size).toBeGreaterThan(10);
  const store = createSqlStore(db, dialect, clock);
  await store.migrate();
  for (const [table, rows] of then) {
    const names = sql.join((columns.get(table) ?? []).map((name) => sql.ref(name)));
    const now = await sql<Row>`select ${names} from ${sql.table(table)}`.execute(db);
    expect([table, comparable(now.rows)]).toEqual([table, comparable(rows)]);
  }
  // And it is one to work with.
  const builds = await store.listBuilds({ limit: 10 });
  expect(builds.items.map(({ status }) => status)).toEqual(['running']);
  expect(await store.ensureSetting('written', 'afterwards')).toBe('afterwards');
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
