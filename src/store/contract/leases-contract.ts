import { describe, expect, test } from 'bun:test';
import { type AttemptId, newId, type WorkerId } from '../../lib/ids.ts';
import type { GrantedBuild } from '../records.ts';
import { notify, type Open, put, some, task, type World } from './world.ts';

const renew = (world: World, granted: GrantedBuild, workerId = world.workerId) =>
  world.store.renew({
    workerId,
    attempts: [{ id: granted.attempt.id, fencing: granted.attempt.fencing }],
    checks: [],
    leaseMs: 30_000,
    now: world.clock.now(),
  });

const begun = async (world: World, options: Parameters<World['simple']>[0] = {}): Promise<GrantedBuild> => {
  await world.trigger(await world.simple(options));
  const granted = some(await world.grantBuild());
  await world.append(granted, 1, world.started());
  return granted;
};

const status = async (world: World, granted: GrantedBuild) => some(await world.store.getBuild(granted.build.id)).status;

export function leasesContract(open: Open): void {
  describe('leases', () => {
    test('renewed in time they hold', async () => {
      const world = await open();
      const granted = await begun(world);
      for (let round = 0; round < 5; round++) {
        world.clock.forward(20_000);
        expect(await renew(world, granted)).toEqual({ lost: [], cancel: [] });
        expect(await world.store.rescueExpired(world.retries)).toEqual([]);
      }
      world.clock.forward(30_001);
      expect(await world.store.rescueExpired(world.retries)).toMatchObject([{ buildId: granted.build.id }]);
      expect(await renew(world, granted)).toEqual({ lost: [granted.attempt.id], cancel: [] });
      expect(await world.store.rescueExpired(world.retries)).toEqual([]);
    });

    test('only who holds an attempt renews it', async () => {
      const world = await open();
      const granted = await begun(world);
      const { id, fencing } = granted.attempt;
      expect(await renew(world, granted, newId<WorkerId>())).toEqual({ lost: [id], cancel: [] });
      const stale = { ...granted, attempt: { ...granted.attempt, fencing: fencing + 1 } };
      expect(await renew(world, stale)).toEqual({ lost: [id], cancel: [] });
      const unknown = { ...granted, attempt: { ...granted.attempt, id: newId<AttemptId>() } };
      expect(await renew(world, unknown)).toMatchObject({ cancel: [] });
    });

    test('the answer repeats that an attempt is to be cancelled', async () => {
      const world = await open();
      const granted = await begun(world);
      await world.store.cancelBuild(granted.build.id, 'ada', world.clock.now());
      for (let round = 0; round < 2; round++) {
        expect(await renew(world, granted)).toEqual({ lost: [], cancel: [granted.attempt.id] });
      }
    });

    test('a check’s lease is renewed, too', async () => {
      const world = await open();
      const { resource } = await world.simple();
      await world.store.requestCheck({ resourceId: resource.id, now: world.clock.now(), nextCheckAt: 0 });
      const granted = some(await world.store.grant(world.request()));
      if (granted.kind !== 'check') throw new Error('expected a check');
      const { id, fencing } = granted.check;
      const command = { workerId: world.workerId, attempts: [], leaseMs: 30_000 };
      world.clock.forward(20_000);
      expect(await world.store.renew({ ...command, checks: [{ id, fencing }], now: world.clock.now() })).toEqual({
        lost: [],
        cancel: [],
      });
      world.clock.forward(20_000);
      await world.store.rescueExpired(world.retries);
      expect(await world.store.getCheck(id)).toMatchObject({ status: 'running' });
      const wrong = { ...command, checks: [{ id, fencing: fencing + 1 }], now: world.clock.now() };
      expect(await world.store.renew(wrong)).toEqual({ lost: [id], cancel: [] });
    });

    test('a worker whose lease ran out is lost until it is heard of', async () => {
      const world = await open();
      const { workerId: id, store } = world;
      await store.saveWorker({ id, name: 'w', version: '1', tags: [], slots: 1 }, world.clock.now());
      await begun(world);
      world.clock.forward(30_001);
      await store.rescueExpired(world.retries);
      expect(await store.listWorkers()).toMatchObject([{ status: 'lost' }]);
      await store.touchWorker(id, world.clock.now());
      expect(await store.listWorkers()).toMatchObject([{ status: 'running' }]);
    });
  });

  describe('a lost attempt', () => {
    const lose = (world: World) => {
      world.clock.forward(30_001);
      return world.store.rescueExpired(world.retries);
    };

    test('is tried again after its delay, until the retries are used', async () => {
      const world = await open();
      const first = await begun(world);
      await lose(world);
      const waiting = some(await world.store.getBuild(first.build.id));
      expect(waiting).toMatchObject({ status: 'pending', notBefore: world.clock.now() + 1_000, attempts: 1 });
      expect(waiting.attemptList).toMatchObject([
        { status: 'lost', outcome: 'errored', problem: { code: 'build.worker_lost' }, endedAt: world.clock.now() },
      ]);
      for (const delay of [1_000, 2_000]) {
        world.clock.forward(delay - 1);
        expect(await world.grantBuild()).toBeUndefined();
        world.clock.forward(1);
        const next = some(await world.grantBuild());
        expect(next.build.id).toBe(first.build.id);
        expect(next.attempt.fencing).toBeGreaterThan(first.attempt.fencing);
        await lose(world);
      }
      const ended = some(await world.store.getBuild(first.build.id));
      expect(ended).toMatchObject({ status: 'errored', attempts: 3, problem: { code: 'build.worker_lost' } });
      expect(await world.grantBuild()).toBeUndefined();
    });

    test('is not tried again when its job says so', async () => {
      const world = await open();
      const granted = await begun(world, { errorRetries: 0 });
      await lose(world);
      expect(await status(world, granted)).toBe('errored');
    });

    test('is tried as often as its job says', async () => {
      const world = await open();
      const granted = await begun(world, { errorRetries: 1 });
      await lose(world);
      expect(await status(world, granted)).toBe('pending');
      world.clock.forward(1_000);
      await world.grantBuild();
      await lose(world);
      expect(await status(world, granted)).toBe('errored');
    });

    const hooked = { ...task('2'), hooks: { onFailure: [put('2.on_failure.1', 'git.src')] } };
    for (const [name, steps, step] of [
      ['put', [put('2', 'git.src')], '2'],
      ['notify', [notify('2')], '2'],
      ['put in a hook', [hooked], '2.on_failure.1'],
    ] as const) {
      test(`is not tried again after a ${name} had started`, async () => {
        const world = await open();
        const granted = await begun(world, { steps: [...steps] });
        await world.append(granted, 2, world.stepStarted(step));
        await lose(world);
        expect(await status(world, granted)).toBe('errored');
      });
    }

    test('nor when it had started in an earlier attempt', async () => {
      const world = await open();
      const granted = await begun(world, { steps: [task('1'), put('2', 'git.src')] });
      await world.append(granted, 2, world.stepStarted('1'));
      await lose(world);
      world.clock.forward(1_000);
      const second = some(await world.grantBuild());
      await world.append(second, 1, world.started(), world.stepStarted('2'), world.ended('errored'));
      expect(await status(world, second)).toBe('errored');
    });

    test('that was to be cancelled ends cancelled', async () => {
      const world = await open();
      const granted = await begun(world);
      await world.store.cancelBuild(granted.build.id, 'ada', world.clock.now());
      await lose(world);
      expect(await status(world, granted)).toBe('cancelled');
    });
  });

  describe('an attempt that errored', () => {
    test('is tried again, and the next one may succeed', async () => {
      const world = await open();
      const granted = await begun(world);
      const problem = { code: 'secret.timeout', message: 'no answer' };
      const errored = { kind: 'attempt_ended', at: 1, outcome: 'errored', problem } as const;
      expect((await world.append(granted, 2, errored)).build).toMatchObject({ status: 'pending', problem });
      world.clock.forward(1_000);
      expect(await world.play()).toMatchObject({ status: 'succeeded', attempts: 2, problem: undefined });
    });

    test('is not tried again when a step met what will not change', async () => {
      const world = await open();
      const app = await world.simple();
      await world.trigger(app);
      const granted = some(await world.grantBuild());
      const problem = { code: 'runner.not_found', message: 'there is no runner "dockr"' };
      const step = { ...world.stepEnded('1'), outcome: 'errored', problem } as const;
      await world.append(granted, 1, world.started(), step);
      const { build } = await world.append(granted, 3, world.ended('errored'));
      expect(build).toMatchObject({ status: 'errored' });
      expect(build?.notBefore).toBeUndefined();
    });

    test('says while it waits for its next try what its step met', async () => {
      const world = await open();
      const app = await world.simple();
      await world.trigger(app);
      const granted = some(await world.grantBuild());
      const problem = { code: 'secret.timeout', message: 'vault did not answer' };
      const step = { ...world.stepEnded('1'), outcome: 'errored', problem } as const;
      // What was tried again within the attempt is over and done with.
      const first = { ...step, again: true, problem: { code: 'exec.not_found', message: 'not yet there' } };
      const { build } = await world.append(granted, 1, world.started(), first, step, world.ended('errored'));
      expect(build).toMatchObject({ status: 'pending', problem });
    });

    test('is not tried again once it was to be cancelled', async () => {
      const world = await open();
      const granted = await begun(world);
      await world.store.cancelBuild(granted.build.id, 'ada', world.clock.now());
      expect((await world.append(granted, 2, world.ended('errored'))).build).toMatchObject({ status: 'errored' });
    });
  });

  describe('giving back', () => {
    test('a worker that was cut off surrenders its own attempts', async () => {
      const world = await open();
      const granted = await begun(world);
      const stranger = newId<WorkerId>();
      expect(await world.store.surrender([granted.attempt.id], stranger, world.retries)).toEqual([]);
      expect(await status(world, granted)).toBe('running');
      const owed = [granted.attempt.id, newId<AttemptId>()];
      expect(await world.store.surrender(owed, world.workerId, world.retries)).toEqual([
        { buildId: granted.build.id, pipelineId: granted.build.pipelineId },
      ]);
      expect(await status(world, granted)).toBe('pending');
      await world.store.surrender(owed, world.workerId, world.retries);
      expect(some(await world.store.getBuild(granted.build.id)).attemptList).toHaveLength(1);
    });

    test('a worker that leaves gives back what it has not begun, at no cost', async () => {
      const world = await open();
      const app = await world.simple({ errorRetries: 0 });
      const one = await world.trigger(app);
      await world.trigger(app);
      await world.store.requestCheck({ resourceId: app.resource.id, now: world.clock.now(), nextCheckAt: 0 });
      const begins = some(await world.grantBuild());
      const check = some(await world.store.grant(world.request({ kinds: ['check'] })));
      await world.append(begins, 1, world.started());
      const waits = some(await world.grantBuild());
      await world.store.leaveWorker(world.workerId, world.clock.now());
      expect(one.id).toBe(begins.build.id);
      expect(await status(world, begins)).toBe('running');
      expect(await status(world, waits)).toBe('pending');
      if (check.kind !== 'check') throw new Error('expected a check');
      expect(await world.store.getCheck(check.check.id)).toMatchObject({ status: 'pending' });
      // At once, and without the retry it does not have.
      expect(some(await world.grantBuild()).build.id).toBe(waits.build.id);
    });

    test('what was to be cancelled is cancelled then', async () => {
      const world = await open();
      await world.trigger(await world.simple());
      const granted = some(await world.grantBuild());
      await world.store.cancelBuild(granted.build.id, 'ada', world.clock.now());
      await world.store.leaveWorker(world.workerId, world.clock.now());
      expect(await status(world, granted)).toBe('cancelled');
    });
  });
}
