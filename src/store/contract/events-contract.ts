import { describe, expect, test } from 'bun:test';
import { type AttemptId, newId } from '../../lib/ids.ts';
import type { AttemptEvent } from '../../protocol/events.ts';
import { get, type Open, put, some, task, type World } from './world.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function running(world: World, options: Parameters<World['simple']>[0] = {}) {
  const app = await world.simple(options);
  const build = await world.trigger(app);
  return { app, build, granted: some(await world.grantBuild()) };
}

const wholeLog = async (world: World, attempt: AttemptId, step: string): Promise<string> =>
  text((await world.store.readLog(attempt, step, 0, Number.MAX_SAFE_INTEGER)).bytes);

export function eventsContract(open: Open): void {
  describe('events', () => {
    test('move the attempt and the build', async () => {
      const world = await open();
      const { granted, app } = await running(world);
      expect(granted).toMatchObject({ build: { status: 'running', attempts: 1 }, attempt: { status: 'granted' } });
      world.clock.forward(5);
      const first = await world.append(granted, 1, world.started(), world.stepStarted('2'));
      expect(first).toMatchObject({
        lastEvent: 2,
        attemptNumber: 1,
        buildId: granted.build.id,
        pipelineId: app.pipeline.id,
      });
      expect(first.build).toBeUndefined();
      expect(await world.store.listAttempts(granted.build.id)).toMatchObject([
        { status: 'running', startedAt: world.clock.now(), lastEvent: 2 },
      ]);
      const last = await world.append(granted, 3, world.stepEnded('2'), world.ended('warning'));
      expect(last.build).toMatchObject({ status: 'warning', endedAt: world.clock.now() });
      expect(await world.store.listAttempts(granted.build.id)).toMatchObject([
        { status: 'ended', outcome: 'warning', endedAt: world.clock.now() },
      ]);
    });

    test('sent twice they are stored once; a gap is refused', async () => {
      const world = await open();
      const { granted } = await running(world);
      const events = [world.started(), world.stepStarted('2'), world.log('2', 'one\n')];
      await world.append(granted, 1, ...events);
      expect(await world.append(granted, 1, ...events)).toMatchObject({ lastEvent: 3, events: [], chunks: [] });
      // The first half is known, the second is new.
      const overlap = await world.append(granted, 2, ...events.slice(1), world.log('2', 'two\n'));
      expect(overlap).toMatchObject({ lastEvent: 4, events: [], chunks: [{ seq: 4, offset: 4, firstLine: 1 }] });
      await expect(world.append(granted, 6, world.stepEnded('2'))).rejects.toMatchObject({ code: 'store.event_gap' });
      expect(await wholeLog(world, granted.attempt.id, '2')).toBe('one\ntwo\n');
      expect((await world.store.listEvents(granted.attempt.id, 0, 100)).map((event) => event.seq)).toEqual([1, 2]);
    });

    test('two batches at once end up in one order', async () => {
      const world = await open();
      const { granted } = await running(world);
      const batch = [world.started(), world.log('2', 'x')];
      const results = await Promise.all([1, 2, 3].map(() => world.append(granted, 1, ...batch)));
      expect(results.filter((result) => result.events.length > 0)).toHaveLength(1);
      expect(await wholeLog(world, granted.attempt.id, '2')).toBe('x');
    });

    test('are listed after a number, in order', async () => {
      const world = await open();
      const { granted } = await running(world);
      const events: AttemptEvent[] = [
        world.started(),
        world.stepStarted('1'),
        world.stepEnded('1'),
        world.stepStarted('2'),
      ];
      await world.append(granted, 1, ...events);
      const { id } = granted.attempt;
      expect(await world.store.listEvents(id, 1, 2)).toEqual([
        { attemptId: id, seq: 2, event: some(events[1]) as never },
        { attemptId: id, seq: 3, event: some(events[2]) as never },
      ]);
      expect(await world.store.listEvents(id, 4, 10)).toEqual([]);
    });

    test('of an attempt nobody knows are taken and dropped', async () => {
      const world = await open();
      const batch = { attempt: newId<AttemptId>(), fencing: 1, first: 4, events: [world.started()] };
      expect(await world.store.appendEvents(batch, world.retries)).toEqual({ lastEvent: 4, events: [], chunks: [] });
    });

    test('of an attempt that is over: logs, step ends and clean-up are kept, and nothing moves', async () => {
      const world = await open();
      const { granted, build } = await running(world);
      await world.append(granted, 1, world.started(), world.stepStarted('2'));
      world.clock.forward(30_001);
      await world.store.rescueExpired(world.retries);
      world.clock.forward(1_000);
      const second = some(await world.grantBuild());
      const late = await world.append(
        granted,
        3,
        world.log('2', 'late'),
        world.stepEnded('2'),
        world.stepStarted('3'),
        {
          kind: 'version',
          at: 0,
          step: '3',
          resource: 'git.src',
          direction: 'pushed',
          version: { ref: 'x' },
          metadata: {},
        },
        world.stepStarted('service:db:stop'),
        world.ended('succeeded'),
      );
      expect(late.lastEvent).toBe(8);
      expect(late.build).toBeUndefined();
      expect(late.events.map((event) => event.seq)).toEqual([4, 7]);
      expect(await wholeLog(world, granted.attempt.id, '2')).toBe('late');
      const detail = some(await world.store.getBuild(build.id));
      expect(detail).toMatchObject({ status: 'running', outputs: [] });
      expect(detail.attemptList.map((attempt) => attempt.status)).toEqual(['lost', 'granted']);
      // A wrong fence is not in force either.
      const { id } = second.attempt;
      const forged = { attempt: id, fencing: second.attempt.fencing - 1, first: 1, events: [world.ended('succeeded')] };
      expect((await world.store.appendEvents(forged, world.retries)).build).toBeUndefined();
      expect(await world.store.getBuild(build.id)).toMatchObject({ status: 'running' });
    });
  });

  describe('logs', () => {
    test('chunks of a step follow each other by byte and line', async () => {
      const world = await open();
      const { granted } = await running(world);
      await world.append(
        granted,
        1,
        world.started(),
        world.log('a', 'one\ntw'),
        world.log('b', '1'),
        world.log('a', 'o\n'),
      );
      await world.append(granted, 5, world.log('b', '2\n'), world.log('a', 'three'));
      const { id } = granted.attempt;
      const chunks = await world.store.listLogChunks(id, { afterSeq: 0, limitBytes: 1_000 });
      expect(
        chunks.map(({ seq, step, offset, firstLine, bytes }) => [seq, step, offset, firstLine, text(bytes)]),
      ).toEqual([
        [3, 'b', 0, 0, '1'],
        [4, 'a', 0, 0, 'one\ntwo\n'],
        [5, 'b', 1, 0, '2\n'],
        [6, 'a', 8, 2, 'three'],
      ]);
      const ofA = await world.store.listLogChunks(id, { step: 'a', afterSeq: 4, limitBytes: 1_000 });
      expect(ofA.map((chunk) => text(chunk.bytes))).toEqual(['three']);
    });

    test('a chunk ends where something else happens to its step', async () => {
      const world = await open();
      const { granted } = await running(world);
      const events = [
        world.log('a', '1'),
        world.stepEnded('a'),
        world.log('b', 'x'),
        world.stepStarted('a'),
        world.log('a', '2'),
      ];
      const result = await world.append(granted, 1, ...events);
      expect(result.chunks.map(({ seq, step, bytes }) => [seq, step, text(bytes)])).toEqual([
        [1, 'a', '1'],
        [3, 'b', 'x'],
        [5, 'a', '2'],
      ]);
    });

    test('ranges and bounds', async () => {
      const world = await open();
      const { granted } = await running(world);
      const { id } = granted.attempt;
      const size = 100_000;
      const bytes = new Uint8Array(size).map((_, index) => index % 251);
      for (let batch = 0; batch < 8; batch++) await world.append(granted, batch + 1, world.log('a', bytes));
      for (const [offset, length] of [
        [0, 10],
        [size - 5, 10],
        [3 * size + 7, 2 * size + 1],
        [8 * size - 1, 100],
        [8 * size, 1],
        [9 * size, 1],
        [0, 8 * size],
      ] as const) {
        const read = await world.store.readLog(id, 'a', offset, length);
        const expected = Math.max(0, Math.min(length, 8 * size - offset));
        expect(read).toMatchObject({ total: 8 * size });
        expect(read.bytes.byteLength).toBe(expected);
        expect(read.bytes.every((byte, index) => byte === ((offset + index) % size) % 251)).toBe(true);
      }
      const some3 = await world.store.listLogChunks(id, { afterSeq: 0, limitBytes: 3 * size });
      expect(some3).toHaveLength(3);
      expect(await world.store.logSizes(id)).toEqual(new Map([['a', { bytes: 8 * size, lines: 8 * 399 }]]));
      const tail = await world.store.listLogChunks(id, {
        step: 'a',
        afterSeq: 0,
        fromOffset: 6 * size,
        limitBytes: 8 * size,
      });
      expect(tail.map((chunk) => chunk.offset)).toEqual([6 * size, 7 * size]);
      // At least one, or a reader would never get on.
      expect(await world.store.listLogChunks(id, { afterSeq: 3, limitBytes: 1 })).toMatchObject([{ seq: 4 }]);
      expect(await world.store.readLog(id, 'none', 0, 10)).toMatchObject({ total: 0, lines: 0 });
    });

    test('many small writes of one batch become few chunks', async () => {
      const world = await open();
      const { granted } = await running(world);
      const events = Array.from({ length: 5_000 }, (_, index) => world.log('a', `line ${index}\n`));
      const result = await world.append(granted, 1, ...events);
      expect(result).toMatchObject({ lastEvent: 5_000, chunks: [{ seq: 5_000, offset: 0 }] });
      const read = await world.store.readLog(granted.attempt.id, 'a', 0, 1_000_000);
      expect(read.lines).toBe(5_000);
      expect(text(read.bytes)).toBe(Array.from({ length: 5_000 }, (_, index) => `line ${index}\n`).join(''));
    });
  });

  describe('outputs', () => {
    const version = (direction: 'pushed' | 'fetched', ref: string, metadata = {}): AttemptEvent => ({
      kind: 'version',
      at: 1,
      step: direction === 'pushed' ? '2' : '1',
      resource: 'git.src',
      direction,
      version: { ref },
      metadata,
    });

    test('what is pushed becomes a version and an output of the build', async () => {
      const world = await open();
      const app = await world.simple({ steps: [get('1', 'git.src'), put('2', 'git.src')] });
      await world.versions(app.resource, 'a');
      await world.trigger(app);
      const granted = some(await world.grantBuild());
      await world.append(granted, 1, world.started(), version('pushed', 'b', { by: 'ci' }));
      expect((await world.versions(app.resource)).at(-1)).toMatchObject({ version: { ref: 'b' }, triggers: true });
      await world.append(granted, 3, version('pushed', 'b'), world.ended('succeeded'));
      expect(some(await world.store.getBuild(granted.build.id)).outputs).toMatchObject([
        { step: '2', resource: 'git.src', version: { ref: 'b' }, metadata: { by: 'ci' } },
      ]);
      const facts = some(await world.store.schedulingFacts(app.pipeline.id));
      const pushed = some((await world.versions(app.resource)).at(-1)).id;
      // It is not new to the job that pushed it.
      expect([...some(facts.jobs[0]).used]).toEqual([pushed]);
    });

    test('a pushed version before any check leaves the first check’s rule as it is', async () => {
      const world = await open();
      const app = await world.simple({ steps: [put('2', 'git.src')] });
      await world.trigger(app);
      await world.append(some(await world.grantBuild()), 1, world.started(), version('pushed', 'p'));
      const all = await world.versions(app.resource, 'a', 'p', 'b');
      expect(all.map(({ version: { ref }, triggers }) => [ref, triggers])).toEqual([
        ['p', true],
        ['a', false],
        ['b', true],
      ]);
    });

    test('what is fetched adds its metadata', async () => {
      const world = await open();
      const app = await world.simple();
      const [a] = await world.versions(app.resource, 'a');
      const inputs = [{ step: '1', resourceId: app.resource.id, versionId: some(a).id }];
      await world.trigger(app, { inputs });
      const granted = some(await world.grantBuild());
      await world.append(granted, 1, world.started(), version('fetched', 'a', { message: 'mend' }));
      const metadata = { author: 'ada', message: 'mend' };
      expect(await world.versions(app.resource)).toMatchObject([{ metadata }]);
      expect(some(await world.store.getBuild(granted.build.id)).inputs).toMatchObject([{ metadata }]);
    });

    test('of a resource that is another thing by now are only events', async () => {
      const world = await open();
      const app = await world.simple({ steps: [put('2', 'git.src'), task('3')] });
      await world.trigger(app);
      const granted = some(await world.grantBuild());
      const { model } = some(await world.store.getRevision(app.pipeline.revisionId));
      const moved = { ...some(model.resources[0]), params: { url: { kind: 'known', value: 'elsewhere' } as const } };
      await world.set('app', { ...model, resources: [moved] }, 'moved');
      const result = await world.append(granted, 1, world.started(), version('pushed', 'b'), world.ended('succeeded'));
      expect(result).toMatchObject({ lastEvent: 3, build: { status: 'succeeded' } });
      expect(await world.versions(app.resource)).toEqual([]);
    });
  });
}
