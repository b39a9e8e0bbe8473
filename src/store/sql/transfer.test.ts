import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Kysely } from 'kysely';
import { type TemporaryDirectory, temporaryDirectory } from '../../../test/servers/temporary-directory.ts';
import { newId } from '../../lib/ids.ts';
import { fillWorld } from '../contract/full-world.ts';
import { contentsOf, describeTransfer } from '../contract/transfer-contract.ts';
import { TestClock, World } from '../contract/world.ts';
import { migrate } from './migrate.ts';
import type { Schema } from './schema.ts';
import { sqliteDialect, sqliteKyselyDialect } from './sqlite/sqlite-dialect.ts';
import { createSqliteStore } from './sqlite/sqlite-store.ts';
import { LEFT_OUT, TRANSFERRED } from './transfer-tables.ts';

let place: TemporaryDirectory;
beforeAll(() => {
  place = temporaryDirectory('transfer');
});
afterAll(() => place[Symbol.asyncDispose]());

const memory = {
  name: 'memory',
  create: async () => ({
    open: async (clock: TestClock) => createSqliteStore({ path: ':memory:', clock }),
    dispose: async () => undefined,
  }),
};
const file = {
  name: 'a file',
  create: async () => {
    const path = join(place.path, `${newId()}.db`);
    return { open: async (clock: TestClock) => createSqliteStore({ path, clock }), dispose: async () => undefined };
  },
};

describeTransfer([memory, file], () => place.path);

test('every table is moved, or left out on purpose, and the full world has a row in each', async () => {
  const db = new Kysely<Schema>({ dialect: sqliteKyselyDialect(':memory:') });
  await migrate(db, sqliteDialect, new TestClock());
  const tables = await sqliteDialect.tables(db);
  expect([...Object.keys(TRANSFERRED), ...LEFT_OUT].sort()).toEqual([...tables].sort());
  await db.destroy();
  const clock = new TestClock();
  const store = createSqliteStore({ path: ':memory:', clock });
  await store.migrate();
  await fillWorld(new World(store, clock));
  expect([...(await contentsOf(store, place.path)).keys()].sort()).toEqual(Object.keys(TRANSFERRED).sort());
  await store.close();
});

test('a look is one of its instant, and others go on writing beside it', async () => {
  for (const kind of [memory, file]) {
    const database = await kind.create();
    const clock = new TestClock();
    const store = await database.open(clock);
    await store.migrate();
    const world = new World(store, clock);
    await world.simple();
    const snapshot = await store.openSnapshot(place.path);
    await world.simple({}, 'later');
    await store.ensureTeam('later');
    const names: unknown[] = [];
    for await (const { table, columns, rows } of snapshot.pages) {
      if (table === 'pipelines' || table === 'teams') names.push(...rows.map((row) => row[columns.indexOf('name')]));
    }
    await snapshot.close();
    expect([kind.name, names.sort()]).toEqual([kind.name, ['app', 'main']]);
    expect(await store.listPipelines()).toHaveLength(2);
    await store.close();
    await database.dispose();
  }
  expect((await Array.fromAsync(new Bun.Glob('look-*').scan(place.path))).length).toBe(0);
});
