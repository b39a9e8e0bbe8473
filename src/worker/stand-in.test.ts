/** A worker whose main thread does nothing for a while, in a process of its own. */
import { expect, test } from 'bun:test';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpServerQueue } from '../queue/http/http-server-queue.ts';
import { listenForLocalWorkers } from '../queue/http/local-listener.ts';
import { serveFake } from './testing/fake-server.ts';
import { grantOf, plan, task } from './testing/plans.ts';

/** Past this nobody renewed: the steps are ended. Where they are not to be, a busy machine has to start a thread and connect in that time. */
const [SELF_FENCE_MS, PATIENT_MS] = [1_500, 6_000];

/** With a build that waits for `go`. */
async function startWorld(busyMs: number, selfFenceMs = SELF_FENCE_MS, longestBusyMs = 20_000) {
  const dir = mkdtempSync(join(tmpdir(), 'pikoci-stand-in-'));
  const queue = createHttpServerQueue({ authenticate: () => ({ worker: 'w1' }) });
  const socket = join(dir, 'run/queue.sock');
  const listener = listenForLocalWorkers(queue, socket);
  const server = serveFake(queue, { renewEveryMs: 100, selfFenceMs });
  const fixture = join(import.meta.dir, 'testing/worker.fixture.ts');
  const child = spawn(process.execPath, [fixture, socket, join(dir, 'data'), String(busyMs), String(longestBusyMs)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = once(child, 'exit');
  server.grant(
    grantOf(plan([task('1', `echo here; while ! test -e ${dir}/go; do sleep 0.05; done`)]), { attempt: 'a' }),
  );
  await server.until(() => server.log('a', '1') === 'here\n');
  return {
    ...{ server, child },
    letGo: () => Bun.write(join(dir, 'go'), ''),
    async [Symbol.asyncDispose]() {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await exited;
      await queue.close({ graceMs: 0 });
      await listener.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const LOST = { outcome: 'errored', problem: { code: 'worker.lost' } };

test('while the main thread is busy its leases are renewed, and the build goes on', async () => {
  await using world = await startWorld(PATIENT_MS + 2_000, PATIENT_MS);
  const { server, child, letGo } = world;
  child.kill('SIGUSR2');
  // Longer than the fence waits.
  await Bun.sleep(PATIENT_MS + 1_000);
  await letGo();
  expect(await server.ended('a')).toMatchObject({ outcome: 'succeeded' });
  expect(server.hellos).toHaveLength(1);
}, 40_000);

test('a main thread that does not come back is not stood in for: its steps are ended', async () => {
  await using world = await startWorld(4_500, SELF_FENCE_MS, 2_000);
  world.child.kill('SIGUSR2');
  expect(await world.server.ended('a')).toMatchObject(LOST);
}, 20_000);

test('a worker that stands still as a whole is past its lease when it awakes', async () => {
  await using world = await startWorld(0);
  world.child.kill('SIGSTOP');
  // What servers say when a lease is over.
  world.server.lose('a');
  await Bun.sleep(2 * SELF_FENCE_MS);
  const before = world.server.renewals.length;
  world.child.kill('SIGCONT');
  expect(await world.server.ended('a')).toMatchObject(LOST);
  // What had been sent before it stood still may be answered now; nobody stood in.
  expect(world.server.renewals.length - before).toBeLessThanOrEqual(2);
}, 20_000);

test('when the servers say that a lease is lost, nobody confirms it in place of the busy main thread', async () => {
  await using world = await startWorld(3_000);
  world.server.lose('a');
  // It hears that of its own renewals otherwise.
  world.child.kill('SIGUSR2');
  expect(await world.server.ended('a')).toMatchObject(LOST);
}, 20_000);
