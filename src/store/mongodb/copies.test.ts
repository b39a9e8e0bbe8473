/** MongoDB is the truth and the copy is not: whatever becomes of the copy, and of a server in the middle of a command. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MongoGate, startMongoGate } from '../../../test/servers/mongodb/mongo-gate.ts';
import { isRequired } from '../../../test/servers/required.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../../test/servers/temporary-directory.ts';
import { fillWorld } from '../contract/full-world.ts';
import { contentsOf } from '../contract/transfer-contract.ts';
import { some, TestClock, World } from '../contract/world.ts';
import { climb, contentsOfToday } from '../sql/earlier-schemas.fixture.ts';
import { MIGRATIONS } from '../sql/migrate.ts';
import type { Store } from '../store.ts';
import { availability, contentsOfCopy, type Databases, openDatabases } from './mongo-database.fixture.ts';
import { createMongoStore, type MongoStoreOptions, openMongo } from './mongo-store.ts';

const isSkipped = !availability.available && !isRequired('mongodb', process.env.PIKOCI_TEST_REQUIRE);

describe.skipIf(isSkipped)('copies', () => {
  const clock = new TestClock();
  let databases: Databases;
  let place: TemporaryDirectory;
  let made = 0;
  beforeAll(async () => {
    place = temporaryDirectory('mongodb-copies');
    databases = await openDatabases();
  }, 60_000);
  afterAll(async () => {
    await databases[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  const directory = (): string => {
    made += 1;
    return join(place.path, `${made}`);
  };
  const where = () => ({ ...databases.empty(), clock, callersClock: true, foldAfterMs: 'never' as const });
  const open = async (options: MongoStoreOptions): Promise<Store> => {
    const store = createMongoStore(options);
    await store.migrate();
    return store;
  };
  const all = (store: Store) => contentsOf(store, place.path);
  const journalOf = (options: MongoStoreOptions) =>
    databases.client.db(options.database).collection<{ _id: number; uid: string }>('journal');
  const collectionsOf = async (options: MongoStoreOptions): Promise<readonly string[]> =>
    (await databases.client.db(options.database).listCollections().toArray()).map(({ name }) => name);

  test('one that is gone is made anew: from the journal alone, from the rows and what came after them', async () => {
    const options = { ...where(), directory: directory() };
    const first = await open(options);
    const world = new World(first, clock);
    const { app } = await fillWorld(world);
    const was = await all(first);
    await first.close();

    rmSync(options.directory, { recursive: true });
    const second = await open({ ...options, foldAfterMs: 1 });
    expect(await all(second)).toEqual(was);
    await second.close();
    expect((await collectionsOf(options)).some((name) => /^builds\.[0-9a-f]{6}$/.test(name))).toBe(true);
    // Rows that are gone, with all that refers to them, before and after the collections of rows were written.
    const third = await open({ ...options, directory: directory() });
    await third.deletePipeline(app.pipeline.id);
    await third.close();
    const fourth = await open({ ...options, foldAfterMs: 1, directory: directory() });
    await fourth.ensureTeam('later');
    const now = await all(fourth);
    expect([...now.keys()]).not.toContain('log_chunks');
    await fourth.close();
    const journal = journalOf(options);
    const [last] = await journal.find().sort({ _id: -1 }).limit(1).toArray();
    await journal.deleteMany({ _id: { $lt: some(last)._id } });
    const [kept, anew] = [openMongo(options), openMongo(options)];
    const contents = await contentsOfCopy(kept);
    expect(contents.pikoci_schema).toHaveLength(MIGRATIONS.length);
    expect(await contentsOfCopy(anew)).toEqual(contents);
    await Promise.all([kept.db.destroy(), anew.db.destroy()]);
    const fifth = await open({ ...options, directory: directory() });
    expect(await all(fifth)).toEqual(now);
    expect((await new World(fifth, clock).simple({}, 'more')).pipeline.name).toBe('more');
    await fifth.close();
  });

  test('a damaged one, one of another database, and one that is used already are no hindrance', async () => {
    const [one, other] = [where(), where()];
    const shared = directory();
    const first = await open({ ...one, directory: shared });
    await first.ensureTeam('main');
    // As while a server takes over from another.
    const beside = await open({ ...one, directory: shared });
    expect((await beside.listTeams()).map(({ name }) => name)).toEqual(['main']);
    await beside.ensureTeam('second');
    expect((await first.listTeams()).map(({ name }) => name)).toEqual(['main', 'second']);
    await Promise.all([first.close(), beside.close()]);
    expect(readdirSync(shared).filter((name) => name.endsWith('.db'))).toHaveLength(2);

    const strange = await open({ ...other, directory: shared });
    expect(await strange.listTeams()).toEqual([]);
    await strange.close();
    writeFileSync(join(shared, 'mongodb-copy.db'), 'no database, '.repeat(1_000));
    const again = await open({ ...one, directory: shared });
    expect(await again.listTeams()).toHaveLength(2);
    await again.close();
  });

  test('one that was away for so long that the journal does not go back to it begins anew, also while it is open', async () => {
    const options = where();
    const [busy, idle] = [await open({ ...options, foldAfterMs: 1 }), await open(options)];
    await idle.ensureTeam('main');
    const world = new World(busy, clock);
    await world.simple();
    await busy.close();
    const journal = journalOf(options);
    const [last] = await journal.find().sort({ _id: -1 }).limit(1).toArray();
    await journal.deleteMany({ _id: { $lt: some(last)._id } });
    expect((await idle.listPipelines()).map(({ name }) => name)).toEqual(['app']);
    expect((await new World(idle, clock).simple({}, 'next')).pipeline.name).toBe('next');
    await idle.close();
  });

  test('where MongoDB has lost what the copy knows, what MongoDB has counts', async () => {
    const options = { ...where(), directory: directory() };
    const first = await open(options);
    await first.ensureTeam('lost');
    await first.close();
    const journal = journalOf(options);
    const [last] = await journal.find().sort({ _id: -1 }).limit(1).toArray();
    await journal.deleteOne({ _id: some(last)._id });
    const other = await open({ ...options, directory: directory() });
    await other.ensureTeam('kept');
    await other.close();
    const second = await open(options);
    expect((await second.listTeams()).map(({ name }) => name)).toEqual(['kept']);
    await second.close();
  });

  test('tables of every earlier version come up to date on all copies alike', async () => {
    const options = where();
    const { db, dialect } = openMongo({ ...options, foldAfterMs: 1 });
    const follower = openMongo({ ...options, directory: directory() });
    expect(await follower.dialect.tables(follower.db)).toEqual([]);
    await climb(db, dialect, clock, await contentsOfToday(clock));
    await db.destroy();
    const [followed, anew] = [createMongoStore(options), createMongoStore(options)];
    const tables = await follower.dialect.tables(follower.db);
    expect(tables).toContain('builds');
    const [one, two] = [await all(followed), await all(anew)];
    expect(one.size).toBeGreaterThan(30);
    expect(two).toEqual(one);
    await Promise.all([followed.close(), anew.close(), follower.db.destroy()]);
  });

  test('a change larger than a document is in parts; a row that is larger is refused, and nothing beside it', async () => {
    const options = where();
    const { db, dialect } = openMongo(options);
    const store = await open(options);
    const big = 'x'.repeat(5 * 1024 * 1024);
    await dialect.migrateAlone(db, async (trx) => {
      for (const name of ['a', 'b', 'c'])
        await trx
          .insertInto('settings')
          .values({ name, value: name + big })
          .execute();
    });
    expect(await store.getSetting('c')).toBe(`c${big}`);
    const [refused, ...kept] = await Promise.allSettled([
      store.ensureSetting('too large', 'x'.repeat(16 * 1024 * 1024)),
      store.ensureTeam('main'),
      store.ensureTeam('second'),
      store.ensureSetting('small', 'x'),
    ]);
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'store.unstorable' } });
    expect(kept.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(await store.listTeams()).toHaveLength(2);
    await Promise.all([store.close(), db.destroy()]);
  });

  describe('a line that is cut', () => {
    let gate: MongoGate;
    const through = async (): Promise<MongoStoreOptions> => {
      const options = where();
      gate = await startMongoGate(options.port);
      return { ...options, port: gate.port };
    };

    test('behind the entry, before its answer: done once, and told as done', async () => {
      const options = await through();
      const store = await open(options);
      let cuts = 0;
      gate.judge = (command, about) => {
        if (command !== 'insert' || about !== 'journal' || cuts > 0) return 'pass';
        cuts += 1;
        return 'lose';
      };
      expect(await store.addShortLived({ kind: 'upload', id: 'x' }, 'value', clock.now() + 1_000)).toBe(true);
      expect(cuts).toBe(1);
      expect(await store.takeShortLived({ kind: 'upload', id: 'x' })).toBe('value');
      await store.close();
      await gate[Symbol.asyncDispose]();
    });

    test('again and again: the command fails, and what it did is seen afterwards', async () => {
      const options = await through();
      const store = await open(options);
      gate.judge = (command, about) => (command === 'insert' && about === 'journal' ? 'lose' : 'pass');
      await expect(store.ensureTeam('unsure')).rejects.toMatchObject({ code: 'store.unreachable' });
      gate.judge = () => 'pass';
      expect((await store.listTeams()).map(({ name }) => name)).toEqual(['unsure']);
      await store.ensureTeam('sure');
      expect(await store.listTeams()).toHaveLength(2);
      await store.close();
      await gate[Symbol.asyncDispose]();
    });

    test('a server that is killed between the entry and its own commit has the entry when it starts again', async () => {
      const options = await through();
      const path = directory();
      const store = await open({ ...options, directory: path });
      await store.close();
      const fixture = join(import.meta.dirname, 'one-command.fixture.ts');
      const child = Bun.spawn(
        [process.execPath, fixture, JSON.stringify({ ...options, clock: undefined, directory: path })],
        {
          stdout: 'pipe',
          stderr: 'inherit',
        },
      );
      gate.judge = (command, about) => {
        if (command !== 'insert' || about !== 'journal') return 'pass';
        // Its answer does not come, and it is not there any more to wait for it.
        child.kill('SIGKILL');
        return 'lose';
      };
      await child.exited;
      expect(await new Response(child.stdout).text()).toBe('');
      gate.judge = () => 'pass';
      const again = await open({ ...options, directory: path });
      expect((await again.listTeams()).map(({ name }) => name)).toEqual(['of the killed one']);
      await again.close();
      await gate[Symbol.asyncDispose]();
    });
  });

  test('blobs lie in MongoDB alone', async () => {
    const options = { ...where(), directory: directory() };
    const store = await open(options);
    const bytes = new Uint8Array(3_000_000).fill(7);
    await store.beginBlob('digest', bytes.length, clock.now());
    await store.saveBlobChunk('digest', 0, bytes);
    await store.completeBlob('digest', clock.now());
    expect(some(await store.readBlobChunk('digest', 0)).byteLength).toBe(bytes.length);
    const size =
      Bun.file(join(options.directory, 'mongodb-copy.db')).size +
      Bun.file(join(options.directory, 'mongodb-copy.db-wal')).size;
    expect(size).toBeLessThan(bytes.length);
    // It is put anew while it is being deleted: its chunks are others.
    expect(await store.deleteBlobPart('digest', clock.now())).toBe('kept');
    expect(await store.deleteBlobPart('digest')).toBe('gone');
    expect(await store.beginBlob('digest', 3, clock.now())).toEqual({ complete: false });
    expect(await store.readBlobChunk('digest', 0)).toBeUndefined();
    await store.close();
    expect(existsSync(options.directory)).toBe(true);
  });
});
