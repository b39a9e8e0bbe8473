/** What must hold when everything is moved from one store into another, of whatever kinds the two are. */
import { describe, expect, test } from 'bun:test';
import type { Store } from '../store.ts';
import type { Cell } from '../transfer.ts';
import { fillWorld, STRANGE_BYTES } from './full-world.ts';
import { type Database, some, TestClock, World } from './world.ts';

/** All there is, by table, in one form for all databases. */
export async function contentsOf(store: Store, directory: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const snapshot = await store.openSnapshot(directory);
  const contents = new Map<string, string[]>();
  try {
    for await (const { table, columns, rows } of snapshot.pages) {
      const order = columns.map((_, index) => index).sort((a, b) => (some(columns[a]) < some(columns[b]) ? -1 : 1));
      const texts = rows.map((row) => JSON.stringify(order.map((index) => [columns[index], comparable(row[index])])));
      contents.set(table, [...(contents.get(table) ?? []), ...texts].sort());
    }
  } finally {
    await snapshot.close();
  }
  return contents;
}

const comparable = (cell: Cell | undefined): unknown =>
  cell instanceof Uint8Array ? Buffer.from(cell).toString('base64') : cell;

/** Moves everything. */
export async function transfer(from: Store, to: Store, world: World, directory: string): Promise<void> {
  const snapshot = await from.openSnapshot(directory);
  try {
    await to.beginImport(snapshot.schema);
    for await (const page of snapshot.pages) await to.importPage(page);
    await to.finishImport(world.retries);
  } finally {
    await snapshot.close();
  }
}

export interface TransferKind {
  readonly name: string;
  create(): Promise<Database>;
}

/** Moves a full world through stores of all these kinds, one into the next, and back into one of the first. */
export function describeTransfer(kinds: readonly TransferKind[], directory: () => string): void {
  describe(`everything, from ${kinds.map(({ name }) => name).join(' to ')}`, () => {
    test('is the same in each, and what ran is tried again', async () => {
      await using opened = new AsyncDisposableStack();
      const clock = new TestClock();
      const open = async (kind: TransferKind): Promise<Store> => {
        const database = await kind.create();
        opened.defer(() => database.dispose());
        const store = await database.open(clock);
        opened.defer(() => store.close());
        return store;
      };
      const first = await open(some(kinds[0]));
      await first.migrate();
      const world = new World(first, clock);
      const { app, gated, running, blobs } = await fillWorld(world);

      let from = first;
      let moved: ReadonlyMap<string, readonly string[]> | undefined;
      for (const kind of [...kinds.slice(1), some(kinds[0])]) {
        const to = await open(kind);
        await transfer(from, to, world, directory());
        // Once ended as lost, it stays so.
        const contents = await contentsOf(to, directory());
        expect([kind.name, contents]).toEqual([kind.name, moved ?? contents]);
        moved = contents;
        from = to;
      }
      // But for what was under way, it is what the first had.
      const before = await contentsOf(first, directory());
      const changed = ['attempts', 'builds', 'checks', 'workers'];
      expect([...before.keys()]).toEqual([...some(moved).keys()]);
      for (const [table, rows] of before) {
        if (!changed.includes(table)) expect([table, some(moved).get(table)]).toEqual([table, rows]);
      }
      expect((await first.getBuild(running.build.id))?.status).toBe('running');
      const last = new World(from, clock);
      const detail = some(await from.getBuild(running.build.id));
      expect(detail).toMatchObject({ status: 'pending', number: running.build.number });
      expect(detail.attemptList).toMatchObject([{ status: 'lost', problem: { code: 'build.worker_lost' } }]);
      expect(await from.readLog(running.attempt.id, '2', 0, 100)).toMatchObject({ total: 11 });
      // Of builds that ended, the port says the same.
      for (const of of [app, gated]) {
        const builds = await first.listBuilds({ pipelineId: of.pipeline.id, limit: 100 });
        for (const build of builds.items) {
          if (build.id === running.build.id) continue;
          expect(await from.getBuild(build.id)).toEqual(await first.getBuild(build.id));
          expect(await from.listArtifacts(build.id)).toEqual(await first.listArtifacts(build.id));
        }
        expect(await from.findPipeline('main', of.pipeline.name)).toEqual(
          await first.findPipeline('main', of.pipeline.name),
        );
      }
      expect(await from.referredBlobs([...blobs.keys()])).toEqual(new Set(blobs.keys()));
      const attempt = some(
        (await from.listBuilds({ jobId: app.job.id, limit: 10 })).items.find((one) => one.attempts === 2),
      );
      const { id } = some((await from.listAttempts(attempt.id)).at(-1));
      const { bytes } = await from.readLog(id, '2', 8, STRANGE_BYTES.length);
      expect(Buffer.compare(bytes, STRANGE_BYTES)).toBe(0);
      // And it is one to work with: the next number is the next, the slot is free for the one that is tried again.
      clock.forward(60_000);
      const again = some(await last.grantBuild({ tags: ['t'] }));
      expect(again.build.id).toBe(running.build.id);
      await last.append(again, 1, last.started(), last.ended('succeeded'));
      expect((await last.trigger(app)).number).toBe(running.build.number + 1);
    });

    test('an import into what is not empty is refused, one that was not finished begins anew', async () => {
      const kind = some(kinds.at(-1));
      const database = await kind.create();
      const clock = new TestClock();
      const store = await database.open(clock);
      try {
        await store.migrate();
        // As a start without a pipeline leaves it.
        await store.ensureTeam('main');
        await store.ensureSetting('x', 'y');
        await store.beginImport(1);
        await store.importPage({ table: 'teams', columns: ['id', 'name'], rows: [['1', 'half']] });
        await expect(store.migrate()).rejects.toMatchObject({ code: 'store.unfinished_import' });
        await expect(store.requireSchema()).rejects.toMatchObject({ code: 'store.unfinished_import' });
        for (const page of [
          { table: 'passwords', columns: ['id'] },
          { table: 'teams', columns: ['id', 'colour'] },
        ]) {
          await expect(store.importPage({ ...page, rows: [] })).rejects.toMatchObject({ code: 'import.bad_file' });
        }
        await store.beginImport(store.schema);
        await store.importPage({ table: 'teams', columns: ['id', 'name'], rows: [['2', 'whole']] });
        await store.finishImport(new World(store, clock).retries);
        await store.migrate();
        expect((await store.listTeams()).map(({ name }) => name)).toEqual(['whole']);
        await new World(store, clock).simple();
        await expect(store.beginImport(1)).rejects.toMatchObject({ code: 'import.not_empty' });
        expect(await store.listPipelines()).toHaveLength(1);
      } finally {
        await store.close();
        await database.dispose();
      }
    });
  });
}
