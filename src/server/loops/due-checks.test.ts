import { expect, test } from 'bun:test';
import { silentLogger } from '../../lib/logger.ts';
import { model, resource, some, TestClock, World } from '../../store/contract/world.ts';
import { createSqliteStore } from '../../store/sql/sqlite/sqlite-store.ts';
import { createDueChecks } from './due-checks.ts';

test('a resource that cannot be asked for keeps none of the others back', async () => {
  const clock = new TestClock();
  const store = createSqliteStore({ path: ':memory:', clock });
  await store.migrate();
  const world = new World(store, clock);
  await world.set('app', model([resource('a'), resource('b'), resource('c')], []));
  const nothing = () => undefined;
  const waits: number[] = [];
  const dueChecks = createDueChecks({
    store,
    clock,
    timers: {
      after(ms) {
        waits.push(ms);
        return nothing;
      },
    },
    logger: silentLogger,
    wakeups: {
      schedule: nothing,
      work: nothing,
      workAt: nothing,
      checks: nothing,
      webhooks: nothing,
      feed: nothing,
      build: nothing,
      events: nothing,
    },
    checkIntervalMs: 60_000,
    serverChecks: {
      async check({ name }) {
        if (name === 'b') throw new Error('what is stored of it cannot be read');
        return undefined;
      },
    },
  });
  dueChecks.start();
  await dueChecks.idle();
  const asked = [];
  for (let n = 0; n < 2; n += 1) {
    const work = some(await store.grant(world.request({ kinds: ['check'] })));
    asked.push(work.kind === 'check' ? work.resource.name : undefined);
  }
  expect(asked.toSorted()).toEqual(['a', 'c']);
  // And it is tried again soon, not at once.
  expect(waits).toEqual([500]);
  await dueChecks.stop();
  await store.close();
});
