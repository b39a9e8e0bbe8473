import { expect, test } from 'bun:test';
import { CodedError } from '../../lib/coded-error.ts';
import { silentLogger } from '../../lib/logger.ts';
import { encodeEmitted } from '../../protocol/codec.ts';
import { some, TestClock, World } from '../../store/contract/world.ts';
import { createSqliteStore } from '../../store/sql/sqlite/sqlite-store.ts';
import { createBuildChannels } from '../live/build-channels.ts';
import { createIngest } from './ingest.ts';

test('what can never be stored is set aside; what cannot now is taken again', async () => {
  const clock = new TestClock();
  const store = createSqliteStore({ path: ':memory:', clock });
  await store.migrate();
  const world = new World(store, clock);
  await world.trigger(await world.simple());
  const { attempt } = some(await world.grantBuild());
  let refusal = 'store.unstorable';
  const nothing = () => undefined;
  const { ingest } = createIngest({
    store: { ...store, appendEvents: () => Promise.reject(new CodedError(refusal, 'the database refuses')) },
    clock,
    logger: silentLogger,
    channels: createBuildChannels(),
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
    errorRetries: 0,
  });
  const batch = { attempt: attempt.id, fencing: attempt.fencing, first: 1, events: [world.started()] };
  const told = () => ingest(encodeEmitted({ kind: 'events', batch }), { worker: world.workerId });
  for (const code of ['store.unstorable', 'store.event_gap']) {
    refusal = code;
    await told();
  }
  expect(await store.listPoison()).toMatchObject([
    { workerId: world.workerId, problem: 'the database refuses' },
    { workerId: world.workerId, problem: 'the database refuses' },
  ]);
  refusal = 'store.unreachable';
  await expect(told()).rejects.toMatchObject({ code: 'store.unreachable' });
  await store.close();
});
