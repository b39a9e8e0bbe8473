/** The clock is set forward and back, in the hand of the test; the other clock only counts. */
import { expect, test } from 'bun:test';
import { silentLogger } from '../../lib/logger.ts';
import { model, resource, some, TestClock, World } from '../../store/contract/world.ts';
import { createSqliteStore } from '../../store/sql/sqlite/sqlite-store.ts';
import { createClockWatch } from './clock-watch.ts';
import { createDueChecks } from './due-checks.ts';
import type { Loop, Timers } from './loop.ts';
import { createRescue } from './rescue.ts';

const HOUR = 3_600_000;
const LEASE = 30_000;

class TwoClocks extends TestClock {
  counted = 0;

  /** Time goes by. */
  pass(ms: number): void {
    this.forward(ms);
    this.counted += ms;
  }
}

async function open() {
  const clock = new TwoClocks();
  const store = createSqliteStore({ path: ':memory:', clock });
  await store.migrate();
  const pending: (() => void)[] = [];
  const timers: Timers = {
    after: (_ms, run) => {
      pending.push(run);
      return () => undefined;
    },
  };
  const nothing = () => undefined;
  const wakeups = {
    schedule: nothing,
    work: nothing,
    workAt: nothing,
    checks: nothing,
    webhooks: nothing,
    feed: nothing,
    build: nothing,
    events: nothing,
  };
  const parts = { store, clock, timers, logger: silentLogger, wakeups, monotonic: () => clock.counted };
  /** One round of a loop. */
  const round = async (loop: Loop): Promise<void> => {
    loop.wake();
    await loop.idle();
  };
  return { clock, store, world: new World(store, clock), parts, round, [Symbol.asyncDispose]: () => store.close() };
}

test('a clock that goes as time goes has not jumped', () => {
  const clock = new TwoClocks();
  const jumped = createClockWatch(clock, () => clock.counted);
  clock.pass(HOUR);
  expect(jumped()).toBe(0);
  clock.forward(2_000);
  expect(jumped()).toBe(0);
  clock.forward(HOUR);
  expect(jumped()).toBe(HOUR);
  expect(jumped()).toBe(0);
  clock.forward(-5 * HOUR);
  expect(jumped()).toBe(-5 * HOUR);
});

/** A worker runs a build; gives what the store says of it. */
async function running(of: Awaited<ReturnType<typeof open>>) {
  const { world } = of;
  await world.trigger(await world.simple());
  const granted = some(await world.grantBuild());
  await world.append(granted, 1, world.started());
  const rescue = createRescue({ ...of.parts, errorRetries: 2, leaseMs: LEASE });
  rescue.start();
  await rescue.idle();
  const { id, fencing } = granted.attempt;
  const renew = () =>
    world.store.renew({
      workerId: world.workerId,
      attempts: [{ id, fencing }],
      checks: [],
      leaseMs: LEASE,
      now: of.clock.now(),
    });
  const status = async () => some(await world.store.getBuildRecord(granted.build.id)).status;
  return { rescue, renew, status };
}

test('set forward by hours, nobody who is heard of within a lease is lost', async () => {
  await using of = await open();
  const { rescue, renew, status } = await running(of);
  of.clock.forward(5 * HOUR);
  await of.round(rescue);
  expect(await status()).toBe('running');
  of.clock.pass(5_000);
  expect(await renew()).toEqual({ lost: [], cancel: [] });
  of.clock.pass(LEASE - 5_000);
  await of.round(rescue);
  expect(await status()).toBe('running');
  // And who is not heard of is.
  of.clock.pass(LEASE + 1);
  await of.round(rescue);
  expect(await status()).toBe('pending');
  await rescue.stop();
});

test('set back by hours, a worker that is gone is found out after a lease, and one that is there is not', async () => {
  await using of = await open();
  const { rescue, renew, status } = await running(of);
  of.clock.pass(2 * LEASE);
  await renew();
  of.clock.forward(-5 * HOUR);
  await of.round(rescue);
  await renew();
  of.clock.pass(LEASE);
  await of.round(rescue);
  expect(await status()).toBe('running');

  await using gone = await open();
  const lost = await running(gone);
  gone.clock.pass(2 * LEASE);
  await lost.renew();
  gone.clock.forward(-5 * HOUR);
  await gone.round(lost.rescue);
  expect(await lost.status()).toBe('running');
  gone.clock.pass(LEASE + 1);
  await gone.round(lost.rescue);
  expect(await lost.status()).toBe('pending');
  await rescue.stop();
  await lost.rescue.stop();
});

test('set back, and forward again: checks are made, and no more often than they should be', async () => {
  await using of = await open();
  const { clock, store, world, parts } = of;
  const schedule = { kind: 'every', ms: 600_000 } as const;
  const pipeline = await world.set('app', model([resource('src', { schedule })], []));
  const dueChecks = createDueChecks({
    ...parts,
    checkIntervalMs: 60_000,
    serverChecks: { check: async () => undefined },
  });
  const nextAt = async () => some((await store.listResources(pipeline.id))[0]).nextCheckAt;
  const done = async (): Promise<boolean> => {
    const work = await store.grant(world.request({ kinds: ['check'] }));
    if (work?.kind !== 'check') return false;
    const { id, fencing } = work.check;
    await store.finishCheck({ kind: 'check_result', check: id, fencing, at: clock.now(), versions: [], log: '' });
    return true;
  };
  dueChecks.start();
  await dueChecks.idle();
  expect(await done()).toBe(true);
  expect(await nextAt()).toBe(clock.now() + schedule.ms);

  clock.forward(-5 * HOUR);
  await of.round(dueChecks);
  expect(await done()).toBe(true);
  expect(await nextAt()).toBe(clock.now() + schedule.ms);
  await of.round(dueChecks);
  expect(await done()).toBe(false);

  clock.forward(5 * HOUR);
  await of.round(dueChecks);
  expect(await done()).toBe(true);
  await of.round(dueChecks);
  expect(await done()).toBe(false);
  await dueChecks.stop();

  // The clock was wrong while the server was down.
  clock.forward(-24 * HOUR);
  const again = createDueChecks({ ...parts, checkIntervalMs: 60_000, serverChecks: { check: async () => undefined } });
  again.start();
  await again.idle();
  expect(await done()).toBe(true);
  await again.stop();
});

test('a worker that is heard of after the clock was set back is seen', async () => {
  await using of = await open();
  const { world, store, clock } = of;
  await store.saveWorker({ id: world.workerId, name: 'w', version: '1', tags: [], slots: 1 }, clock.now());
  await store.touchWorker(world.workerId, clock.forward(-5 * HOUR));
  expect(await store.listWorkers()).toMatchObject([{ lastSeenAt: clock.now(), status: 'running' }]);
});
