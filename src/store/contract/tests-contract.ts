import { describe, expect, test } from 'bun:test';
import { newId, type TestId } from '../../lib/ids.ts';
import type { AttemptEvent } from '../../protocol/events.ts';
import type { TestCase, TestStatus } from '../../protocol/tests.ts';
import type { BuildRecord, TestRun } from '../records.ts';
import type { InputChoice } from '../scheduling-facts.ts';
import { input, type Open, type Simple, some, type World } from './world.ts';

const one = (name: string, status: TestStatus = 'passed', more: Partial<TestCase> = {}): TestCase => ({
  suite: 'math',
  name,
  status,
  ...more,
});

const told = (cases: readonly TestCase[], step = '2', number = 1): AttemptEvent => ({
  kind: 'tests',
  at: 0,
  step,
  try: number,
  cases: [...cases],
});

/** A build of the job that reports these tests and ends. */
async function build(
  world: World,
  app: Simple,
  reports: readonly AttemptEvent[],
  { outcome = 'succeeded', inputs = [] }: { outcome?: 'succeeded' | 'failed'; inputs?: readonly InputChoice[] } = {},
): Promise<BuildRecord> {
  await world.store.createBuild(world.newBuild(app, inputs), world.clock.now());
  const granted = some(await world.grantBuild());
  return some((await world.append(granted, 1, world.started(), ...reports, world.ended(outcome))).build);
}

const names = (items: readonly { name: string }[]): string[] => items.map(({ name }) => name);

export function testsContract(open: Open): void {
  describe('tests', () => {
    test('whatever a report says can be stored', async () => {
      const world = await open();
      const app = await world.simple();
      const cases = [
        one('a\0b', 'failed', { message: 'x\0y', durationMs: 1e300 }),
        one('c', 'passed', { durationMs: 1e300 }),
      ];
      const { id } = await build(world, app, [told(cases)], { outcome: 'failed' });
      const { items } = await world.store.listTests(id, { order: 'reported', limit: 10 });
      expect(items.map(({ message }) => message)).toEqual([expect.stringMatching(/^x.y$/s), undefined]);
      expect((await world.store.testCounts([id])).get(id)).toMatchObject({ failed: 1, passed: 1 });
    });

    test('are counted, listed in their order, by status, and by how long they took', async () => {
      const world = await open();
      const app = await world.simple();
      const cases = [
        one('adds', 'passed', { durationMs: 12.5, place: 'add.ts:3' }),
        one('divides', 'failed', { durationMs: 1_500, message: 'by zero' }),
        one('later', 'skipped'),
        one('breaks', 'errored', { durationMs: 2 }),
      ];
      const { id } = await build(world, app, [told(cases.slice(0, 2)), told(cases.slice(2))]);
      expect((await world.store.testCounts([id])).get(id)).toEqual({
        passed: 1,
        failed: 1,
        errored: 1,
        skipped: 1,
        durationMs: 1_514.5,
      });
      const all = await world.store.listTests(id, { order: 'reported', limit: 10 });
      expect(all.items.map(({ id: _id, ...test }) => test)).toEqual(
        cases.map((test) => ({ ...test, step: '2', flaky: false })),
      );
      expect(all.next).toBeUndefined();
      const failed = await world.store.listTests(id, { order: 'reported', status: ['failed', 'errored'], limit: 1 });
      expect(names(failed.items)).toEqual(['divides']);
      const rest = await world.store.listTests(id, {
        order: 'reported',
        status: ['failed', 'errored'],
        limit: 1,
        after: some(failed.next),
      });
      expect([names(rest.items), rest.next]).toEqual([['breaks'], undefined]);
      const slowest = await world.store.listTests(id, { order: 'slowest', limit: 2 });
      expect([names(slowest.items), slowest.next]).toEqual([['divides', 'adds'], undefined]);
    });

    test('of a build without reports there are none', async () => {
      const world = await open();
      const { id } = await build(world, await world.simple(), []);
      expect(await world.store.testCounts([id])).toEqual(new Map());
      expect(await world.store.listTests(id, { order: 'reported', limit: 10 })).toEqual({ items: [] });
      expect(await world.store.countFlakyTests(id)).toBe(0);
      expect(await world.store.findTest(newId<TestId>())).toBeUndefined();
    });

    test('of a step that was tried again the newest try counts, and what went otherwise before is flaky', async () => {
      const world = await open();
      const app = await world.simple();
      const { id } = await build(world, app, [
        told([one('shaky', 'failed'), one('sound'), one('off', 'skipped')]),
        told([one('shaky'), one('sound'), one('off')], '2', 2),
        told([one('other')], '3'),
      ]);
      expect((await world.store.testCounts([id])).get(id)).toMatchObject({ passed: 4, failed: 0, skipped: 0 });
      const { items } = await world.store.listTests(id, { order: 'reported', limit: 10 });
      expect(items.map(({ name, flaky }) => [name, flaky])).toEqual([
        ['shaky', true],
        ['sound', false],
        ['off', false],
        ['other', false],
      ]);
      expect(await world.store.countFlakyTests(id)).toBe(1);
    });

    test('sent twice they are stored once, and those of an attempt that is over are dropped', async () => {
      const world = await open();
      const app = await world.simple();
      await world.trigger(app);
      const first = some(await world.grantBuild());
      await world.append(first, 1, world.started(), told([one('adds')]));
      await world.append(first, 1, world.started(), told([one('adds')]));
      world.clock.forward(30_001);
      await world.store.rescueExpired(world.retries);
      await world.append(first, 3, told([one('late')]));
      const { id } = first.build;
      expect(names((await world.store.listTests(id, { order: 'reported', limit: 10 })).items)).toEqual(['adds']);
    });

    test('have a history in their job, and a build to be compared with', async () => {
      const world = await open();
      const app = await world.simple();
      const [old, young] = await world.versions(app.resource, 'a', 'b');
      const on = (version: typeof old) => [input('1', some(version))];
      await build(world, app, [told([one('adds'), one('divides')])], { inputs: on(old) });
      await build(world, app, []);
      await build(world, app, [told([one('adds', 'failed', { message: 'why' })])], {
        outcome: 'failed',
        inputs: on(old),
      });
      const last = await build(world, app, [told([one('adds', 'failed')])], { outcome: 'failed', inputs: on(young) });
      const [adds] = (await world.store.listTests(last.id, { order: 'reported', limit: 1 })).items;
      const { id } = some(adds);
      const runs = (query: { upTo?: number; builds?: number }): Promise<readonly TestRun[]> =>
        world.store.testRuns({ jobId: app.job.id, tests: [id], upTo: 100, builds: 10, ...query });
      const found = await runs({});
      expect(found.map(({ number, status, message }) => [number, status, message])).toEqual([
        [4, 'failed', undefined],
        [3, 'failed', 'why'],
        [1, 'passed', undefined],
      ]);
      expect(found[1]?.basis).toBe(some(found[2]?.basis));
      expect(found[0]?.basis).not.toBe(found[1]?.basis);
      expect((await runs({ upTo: 3, builds: 1 })).map(({ number }) => number)).toEqual([3]);
      expect(await world.store.findTest(id)).toEqual({ jobId: app.job.id, suite: 'math', name: 'adds' });
      expect(await world.store.testBaseline(app.job.id, last.number)).toMatchObject({ number: 1 });
      expect(await world.store.testBaseline(app.job.id, 1)).toBeUndefined();
    });

    test('many come and go with their pipeline', async () => {
      const world = await open();
      const app = await world.simple();
      const cases = Array.from({ length: 1_200 }, (_, index) => one(`test ${index}`));
      const { id } = await build(world, app, [told(cases)]);
      await build(world, app, [told(cases)]);
      expect((await world.store.testCounts([id])).get(id)?.passed).toBe(1_200);
      const [first] = (await world.store.listTests(id, { order: 'reported', limit: 1 })).items;
      await world.store.deletePipeline(app.pipeline.id);
      expect(await world.store.findTest(some(first).id)).toBeUndefined();
      expect(await world.store.testCounts([id])).toEqual(new Map());
    });
  });
}
