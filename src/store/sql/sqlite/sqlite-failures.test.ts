import { afterEach, beforeEach, expect, test } from 'bun:test';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { systemClock } from '../../../lib/clock.ts';
import { CodedError } from '../../../lib/coded-error.ts';
import type { Schema } from '../schema.ts';
import { createSqlStore } from '../sql-store.ts';
import { sqliteDialect, sqliteKyselyDialect } from './sqlite-dialect.ts';
import { createSqliteStore } from './sqlite-store.ts';

let dir = '';
let path = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pikoci-store-'));
  path = join(dir, 'pikoci.db');
});
afterEach(() => rm(dir, { recursive: true }));

/** What goes wrong, as a CodedError with a way out that names the file. */
async function failureOf(work: () => Promise<unknown>): Promise<CodedError> {
  const error = await work().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CodedError)) throw new Error(`expected a CodedError, got ${String(error)}`);
  expect(error.message).toContain(path);
  expect(error.hint ?? '').not.toBe('');
  return error;
}

const migrate = async (): Promise<void> => {
  const store = createSqliteStore({ path });
  try {
    await store.migrate();
  } finally {
    await store.close();
  }
};

const openFailures: readonly (readonly [what: string, code: string, prepare: () => Promise<unknown>])[] = [
  ['not a database', 'store.not_a_database', () => writeFile(path, 'name,colour\n'.repeat(500))],
  ['a directory', 'store.cannot_open', () => mkdir(path)],
  [
    'in a directory that is not there',
    'store.cannot_open',
    async () => {
      path = join(dir, 'missing', 'pikoci.db');
    },
  ],
];

test.each(openFailures)('a path that is %s', async (_what, code, prepare) => {
  await prepare();
  expect((await failureOf(migrate)).code).toBe(code);
});

test('a database of another program is left as it is', async () => {
  const other = new DatabaseSync(path);
  other.exec('create table customers (name text)');
  other.close();
  await expect(migrate()).rejects.toMatchObject({
    code: 'store.foreign_database',
    message: expect.stringContaining('customers'),
  });
  const again = new DatabaseSync(path);
  expect(again.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'delete' });
  expect(again.prepare('select name from sqlite_master').all()).toEqual([{ name: 'customers' }]);
  again.close();
});

test('a database that another program has locked', async () => {
  await migrate();
  const other = new DatabaseSync(path);
  other.exec('begin immediate');
  const db = new Kysely<Schema>({ dialect: sqliteKyselyDialect(path, 1) });
  const store = createSqlStore(db, sqliteDialect, systemClock);
  expect((await failureOf(() => store.ensureTeam('main'))).code).toBe('store.locked');
  // It is not lost for ever: once the other program lets go, everything goes on.
  other.exec('rollback');
  other.close();
  expect(await store.ensureTeam('main')).toMatchObject({ name: 'main' });
  await store.close();
});

test('a full disk loses nothing that was acknowledged, and work goes on when there is room', async () => {
  const db = new Kysely<Schema>({ dialect: sqliteKyselyDialect(path) });
  const store = createSqlStore(db, sqliteDialect, systemClock);
  await store.migrate();
  await store.ensureSetting('kept', 'yes');
  const pages = await sql<{ page_count: number }>`pragma page_count`.execute(db);
  await sql.raw(`pragma max_page_count = ${(pages.rows[0]?.page_count ?? 0) + 2}`).execute(db);
  const big = 'x'.repeat(1_000_000);
  expect((await failureOf(() => store.ensureSetting('big', big))).code).toBe('store.full');
  expect(await store.getSetting('kept')).toBe('yes');
  expect(await store.getSetting('big')).toBeUndefined();
  await sql`pragma max_page_count = 100000`.execute(db);
  expect(await store.ensureSetting('big', big)).toBe(big);
  await store.close();
});

test('a damaged file', async () => {
  const store = createSqliteStore({ path });
  await store.migrate();
  await store.ensureTeam('main');
  const other = new DatabaseSync(path);
  other.exec('pragma wal_checkpoint(truncate)');
  const { page_size: size } = other.prepare('pragma page_size').get() as { page_size: number };
  const { rootpage } = other.prepare("select rootpage from sqlite_master where name = 'teams'").get() as {
    rootpage: number;
  };
  other.close();
  const file = new Uint8Array(await Bun.file(path).arrayBuffer());
  file.fill(0xee, (rootpage - 1) * size, rootpage * size);
  await writeFile(path, file);
  expect((await failureOf(() => store.listTeams())).code).toBe('store.corrupt');
  await store.close();
});

test('what was acknowledged survives the death of the process', async () => {
  const writer = spawn(process.execPath, [join(import.meta.dir, 'killed-writer.fixture.ts'), path]);
  let said = '';
  for await (const text of writer.stdout) {
    said += String(text);
    if (said.split('\n').length > 200) writer.kill('SIGKILL');
  }
  const acknowledged = said.split('\n').slice(0, -1);
  expect(acknowledged.length).toBeGreaterThan(100);
  const store = createSqliteStore({ path });
  await store.migrate();
  for (const number of acknowledged) expect(await store.getSetting(`n${number}`)).toBeDefined();
  await store.close();
});

test('JSON that was changed by hand', async () => {
  const db = new Kysely<Schema>({ dialect: sqliteKyselyDialect(path) });
  const store = createSqlStore(db, sqliteDialect, systemClock);
  await store.migrate();
  const worker = { name: 'w', version: '1', tags_json: '["a"', slots: 1, status: 'running', last_seen_at: 0 } as const;
  await db
    .insertInto('workers')
    .values({ ...worker, id: 'w' as never, first_seen_at: 0 })
    .execute();
  await expect(store.listWorkers()).rejects.toMatchObject({
    code: 'store.corrupt',
    message: expect.stringContaining('workers.tags_json'),
  });
  await store.close();
});

test('commands sent after the close are refused, those before it end well', async () => {
  const store = createSqliteStore({ path });
  await store.migrate();
  const team = store.ensureTeam('main');
  await Promise.all([team, store.close()]);
  expect(await team).toMatchObject({ name: 'main' });
  await expect(store.ensureTeam('late')).rejects.toThrow();
});
