import { expect, test } from 'bun:test';
import { spawnSync } from 'node:child_process';
import { monotonicMs } from '../lib/system/monotonic.ts';
import { startProcess } from '../lib/system/process.ts';
import { createFence } from './fence.ts';
import { createFenceTable } from './fence-table.ts';

const sleeper = () =>
  startProcess({
    argv: ['/bin/sh', '-c', 'sleep 300 & exec sleep 300'],
    env: { PATH: '/bin:/usr/bin' },
    cwd: '/',
    onOutput: () => undefined,
  });

test('past the limit everything tracked is killed, even while the main thread is stuck', async () => {
  const fenced = Promise.withResolvers<void>();
  await using fence = createFence(fenced.resolve);
  const running = sleeper();
  fence.track(running.traces);
  fence.arm(300);
  // The main thread does nothing at all for two seconds, and the children of others cannot be buried meanwhile.
  const state = spawnSync('/bin/sh', ['-c', `sleep 2; grep State /proc/${running.pid}/status`]).stdout.toString();
  expect(state === '' || state.includes('zombie')).toBe(true);
  await fenced.promise;
  expect(await running.waitMain()).toEqual({ code: null, signal: 'SIGKILL' });
  expect(await running.terminate({ graceMs: 0 })).toEqual({ survivors: [] });
}, 10_000);

test('while renewals are confirmed, or nothing is held, nothing is killed', async () => {
  let calls = 0;
  await using fence = createFence(() => {
    calls += 1;
  });
  const running = sleeper();
  fence.track(running.traces);
  fence.arm(400);
  for (let i = 0; i < 8; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    fence.confirm(monotonicMs());
  }
  fence.disarm();
  await new Promise((resolve) => setTimeout(resolve, 900));
  expect(calls).toBe(0);
  await running.terminate({ graceMs: 0 });
}, 10_000);

test('both threads see the same processes', () => {
  const main = createFenceTable();
  const thread = createFenceTable(main.memory);
  const traces = { cookie: '00ab00000000cdef', bootId: 'b', main: { pid: 12, startTicks: 3_456_789 } };
  main.track(traces);
  main.track({ ...traces, cookie: 'ffffffffffffffff', main: undefined });
  expect(thread.tracked()).toMatchObject([
    { cookie: traces.cookie, main: traces.main },
    { cookie: 'ffffffffffffffff', main: undefined },
  ]);
  main.untrack(traces.cookie);
  expect(thread.tracked()).toHaveLength(1);
});
