import { describe, expect, test } from 'bun:test';
import { newId, type WorkerId } from '../../lib/ids.ts';
import { type Open, some, type World } from './world.ts';

/** Workers, their tokens, and messages that were set aside. */
export function workersContract(open: Open): void {
  const worker = { name: 'w1', version: '0.1.0', tags: ['gpu'], slots: 2 };

  describe('workers', () => {
    test('is seen from its first word to its leave', async () => {
      const { store, clock } = await open();
      const id = newId<WorkerId>();
      const first = clock.now();
      await store.saveWorker({ id, ...worker }, first);
      const later = clock.forward(5_000);
      await store.touchWorker(id, later);
      const seen = { id, ...worker, kinds: ['build', 'check'], exclusive: false, status: 'running' };
      expect(await store.listWorkers()).toMatchObject([
        { ...seen, since: first, firstSeenAt: first, lastSeenAt: later },
      ]);
      const left = clock.forward(1);
      await store.leaveWorker(id, left);
      expect(await store.listWorkers()).toMatchObject([{ status: 'gone', since: left }]);
      // It is back under the same id, with another version.
      await store.saveWorker({ id, ...worker, version: '0.2.0' }, clock.forward(1));
      expect(await store.listWorkers()).toMatchObject([{ status: 'running', version: '0.2.0', firstSeenAt: first }]);
    });

    test('time does not go back', async () => {
      const { store, clock } = await open();
      const id = newId<WorkerId>();
      await store.saveWorker({ id, ...worker }, clock.now());
      await store.touchWorker(id, clock.now() - 1_000);
      expect(await store.listWorkers()).toMatchObject([{ lastSeenAt: clock.now() }]);
    });

    test('what it said of itself and its connection is kept, until that connection is gone', async () => {
      const { store, clock } = await open();
      const id = newId<WorkerId>();
      const [session, newer] = [newId(), newId()];
      const said = { ...worker, exclusive: true, kinds: ['build'] as const, processKey: 'key', tokenId: 'token' };
      await store.saveWorker({ id, ...said, session, via: 'http', address: '10.0.0.7' }, clock.now());
      expect(await store.getWorker(id)).toMatchObject({ ...said, session, via: 'http', address: '10.0.0.7' });
      await store.saveWorker({ id, ...said, session: newer, via: 'nats' }, clock.now());
      await store.disconnectWorker(id, session, clock.now());
      expect(await store.getWorker(id)).toMatchObject({ session: newer, via: 'nats', address: undefined });
      await store.disconnectWorker(id, newer, clock.now());
      expect(some(await store.getWorker(id)).session).toBeUndefined();
    });

    test('one that is drained is granted nothing, over its hellos and leaves, until it is resumed', async () => {
      const world = await open();
      const { store, clock, workerId: id } = world;
      await world.trigger(await world.simple());
      await store.saveWorker({ id, ...worker }, clock.now());
      const drain = { ...world.mark('new disks'), leave: true };
      expect(await store.drainWorker(id, drain, clock.now())).toMatchObject({ status: 'draining', drain });
      expect(await world.grantBuild()).toBeUndefined();
      await store.leaveWorker(id, clock.forward(1));
      await store.saveWorker({ id, ...worker }, clock.forward(1));
      // It has left once: it is not sent away again.
      expect(await store.getWorker(id)).toMatchObject({ status: 'draining', drain: { ...drain, leave: false } });
      expect(await world.grantBuild()).toBeUndefined();
      expect(await store.drainWorker(id, undefined, clock.now())).toMatchObject({ status: 'running' });
      expect(some(await store.getWorker(id)).drain).toBeUndefined();
      expect(await world.grantBuild()).toBeDefined();
    });

    test('one that is drained while it is away is drained when it comes', async () => {
      const {
        store,
        clock,
        workerId: id,
        mark,
      } = await open().then((world) => ({
        ...{ store: world.store, clock: world.clock, workerId: world.workerId },
        mark: world.mark(),
      }));
      await expect(store.drainWorker(id, { ...mark, leave: false }, clock.now())).rejects.toMatchObject({
        code: 'store.not_found',
      });
      await store.saveWorker({ id, ...worker }, clock.now());
      await store.leaveWorker(id, clock.now());
      expect(await store.drainWorker(id, { ...mark, leave: false }, clock.now())).toMatchObject({ status: 'gone' });
      expect(await store.saveWorker({ id, ...worker }, clock.now())).toMatchObject({ status: 'draining' });
    });

    test('one that drains by itself does so until its next process says hello', async () => {
      const { store, clock, workerId: id } = await open();
      expect(await store.saveWorker({ id, ...worker, draining: true }, clock.now())).toMatchObject({
        status: 'draining',
        drain: undefined,
      });
      expect(await store.saveWorker({ id, ...worker }, clock.now())).toMatchObject({ status: 'running' });
    });

    test('a silent one is lost, and runs when it is heard of', async () => {
      const world = await open();
      const { store, clock, workerId: id } = world;
      await world.trigger(await world.simple());
      const heard = clock.now();
      await store.saveWorker({ id, ...worker, session: newId() }, heard);
      expect(await store.loseSilentWorkers(heard, clock.forward(60_000))).toBe(0);
      expect(await store.loseSilentWorkers(heard + 1, clock.now())).toBe(1);
      expect(await store.getWorker(id)).toMatchObject({ status: 'lost', session: undefined, since: clock.now() });
      expect(await world.grantBuild()).toBeUndefined();
      expect(await store.touchWorker(id, clock.now())).toBe(true);
      expect(await store.touchWorker(id, clock.now())).toBe(false);
      expect(await store.getWorker(id)).toMatchObject({ status: 'running' });
      expect(await world.grantBuild()).toBeDefined();
    });

    test('forgets those that are gone for long and hold nothing', async () => {
      const world = await open();
      const { store, clock } = world;
      const [here, gone, late] = [newId<WorkerId>(), newId<WorkerId>(), newId<WorkerId>()];
      for (const [id, name] of [
        [here, 'here'],
        [gone, 'gone'],
        [late, 'late'],
      ] as const) {
        await store.saveWorker({ id, ...worker, name }, clock.now());
      }
      await store.leaveWorker(gone, clock.now());
      const before = clock.now();
      await store.leaveWorker(late, clock.forward(1));
      expect((await store.pruneWorkers(before, clock.now())).map(({ name }) => name)).toEqual(['gone']);
      expect((await store.listWorkers()).map(({ name }) => name)).toEqual(['here', 'late']);
      // One that is lost and may still run what its lease covers stays.
      await world.trigger(await world.simple());
      some(await world.grantBuild({ workerId: here }));
      await store.loseSilentWorkers(clock.forward(1), clock.now());
      expect((await store.pruneWorkers(clock.now(), clock.now())).map(({ name }) => name)).toEqual(['late']);
    });

    test('tells what each runs', async () => {
      const world = await open();
      const build = await world.trigger(await world.simple());
      const granted = some(await world.grantBuild());
      expect(await world.store.listHeldWork()).toEqual([
        {
          workerId: world.workerId,
          buildId: build.id,
          attemptId: granted.attempt.id,
          team: 'main',
          pipeline: 'app',
          job: 'test',
          number: 1,
          grantedAt: world.clock.now(),
        },
      ]);
      await world.append(granted, 1, world.started(), world.ended('succeeded'));
      expect(await world.store.listHeldWork()).toEqual([]);
    });
  });

  describe('worker tokens', () => {
    const retries = (world: World) => world.retries;

    test('are listed as they are seen', async () => {
      const { store, clock } = await open();
      const first = clock.now();
      await store.seeWorkerToken({ id: 'a', team: 'blue', tags: ['gpu'], expiresAt: first + 9 }, first);
      await store.seeWorkerToken({ id: 'b' }, clock.forward(1));
      await store.seeWorkerToken({ id: 'a', team: 'blue', tags: ['gpu'], expiresAt: first + 9 }, clock.forward(1));
      expect(await store.listWorkerTokens()).toMatchObject([
        { id: 'a', team: 'blue', tags: ['gpu'], expiresAt: first + 9, firstSeenAt: first, lastSeenAt: clock.now() },
        { id: 'b', team: undefined, tags: undefined },
      ]);
    });

    test('one that is revoked ends what its workers hold', async () => {
      const world = await open();
      const { store, clock, workerId: id } = world;
      const app = await world.simple();
      await store.seeWorkerToken({ id: 'a' }, clock.now());
      await store.saveWorker({ id, ...worker, tokenId: 'a' }, clock.now());
      const build = await world.trigger(app);
      const granted = some(await world.grantBuild());
      await world.append(granted, 1, world.started());
      expect(await store.revokeWorkerToken('a', 'ada', retries(world))).toEqual([
        { buildId: build.id, pipelineId: app.pipeline.id },
      ]);
      expect(await store.getBuildRecord(build.id)).toMatchObject({ status: 'pending' });
      expect(await store.getWorker(id)).toMatchObject({ status: 'gone' });
      expect(await store.revokedWorkerTokens(clock.now())).toEqual(['a']);
      expect(await store.listWorkerTokens()).toMatchObject([{ id: 'a', revokedBy: 'ada', revokedAt: clock.now() }]);
      // Whoever does it again is not the one who did it.
      expect(await store.revokeWorkerToken('a', 'bob', retries(world))).toEqual([]);
      expect(await store.listWorkerTokens()).toMatchObject([{ revokedBy: 'ada' }]);
    });

    test('one that was never seen can be revoked, and seeing it then does not bring it back', async () => {
      const world = await open();
      const { store, clock } = world;
      expect(await store.revokeWorkerToken('a', 'ada', retries(world))).toEqual([]);
      expect(await store.revokedWorkerTokens(clock.now())).toEqual(['a']);
      await store.seeWorkerToken({ id: 'a', expiresAt: clock.now() + 5 }, clock.now());
      expect(await store.revokedWorkerTokens(clock.now())).toEqual(['a']);
      expect(await store.revokedWorkerTokens(clock.now() + 5)).toEqual([]);
    });
  });

  describe('messages set aside', () => {
    const body = new Uint8Array([0, 255, 10]);

    test('are kept with their bytes until somebody drops them', async () => {
      const { store, clock, workerId } = await open();
      await store.saveWorker({ id: workerId, ...worker }, clock.now());
      await store.savePoison({ at: clock.now(), workerId, problem: 'no JSON', body });
      await store.savePoison({ at: clock.forward(1), workerId, problem: 'cut off', body: body.subarray(1) });
      const [newest, oldest] = await store.listPoison();
      expect(newest).toMatchObject({ worker: 'w1', workerId, problem: 'cut off', size: 2, at: clock.now() });
      expect(await store.getPoison(some(oldest).id)).toEqual({ ...some(oldest), body });
      expect(await store.dropPoison(some(oldest).id)).toBe(true);
      expect(await store.dropPoison(some(oldest).id)).toBe(false);
      expect(await store.getPoison(some(oldest).id)).toBeUndefined();
      expect(await store.listPoison()).toHaveLength(1);
    });

    test('the oldest make room', async () => {
      const { store, clock, workerId } = await open();
      const body = new Uint8Array(3.5 * 1024 * 1024);
      for (let i = 0; i < 6; i += 1) {
        await store.savePoison({ at: clock.forward(1), workerId, problem: `large ${i}`, body });
      }
      expect((await store.listPoison()).map(({ problem }) => problem)).toEqual([
        'large 5',
        'large 4',
        'large 3',
        'large 2',
      ]);
    });

    test('of one that is too large it is kept that it came', async () => {
      const { store, clock, workerId } = await open();
      const large = new Uint8Array(8 * 1024 * 1024);
      await store.savePoison({ at: clock.now(), workerId, problem: 'large', body: large });
      const [kept] = await store.listPoison();
      expect(kept).toMatchObject({ size: large.byteLength });
      expect(await store.getPoison(some(kept).id)).toMatchObject({ body: undefined });
    });
  });
}
