import { afterEach, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../lib/logger.ts';
import { seal } from '../lib/system/seal.ts';
import type { BuildGrant, CheckGrant } from '../protocol/messages.ts';
import { createMemoryQueue } from '../queue/memory/memory-queue.ts';
import type { ServerQueue } from '../queue/queue.ts';
import { type FakeServer, serveFake } from './testing/fake-server.ts';
import { deferred, grantOf, known, plan, service, serviceType, shell, task } from './testing/plans.ts';
import { runWorker, type WorkerOptions } from './worker.ts';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface World {
  readonly server: FakeServer;
  readonly dataDir: string;
  readonly hub: ReturnType<typeof createMemoryQueue>;
  readonly serverQueue: ServerQueue;
  readonly stop: () => void;
  readonly drain: () => void;
  readonly kill: () => void;
  readonly done: Promise<void>;
}

function startWorld(more: Partial<WorkerOptions> = {}, times: Parameters<typeof serveFake>[1] = {}): World {
  const hub = createMemoryQueue();
  const serverQueue = hub.server();
  const server = serveFake(serverQueue, times);
  const queue = hub.worker({ worker: 'w1' });
  const dataDir = mkdtempSync(join(tmpdir(), 'pikoci-worker-'));
  const [stop, drain, kill] = [new AbortController(), new AbortController(), new AbortController()];
  const done = runWorker({
    queue,
    id: 'w1',
    name: 'worker-1',
    version: '0',
    tags: ['linux'],
    slots: 2,
    kinds: ['build', 'check'],
    dataDir,
    environment: process.env,
    passEnv: [],
    executable: '/bin/false',
    logger: silentLogger,
    stop: stop.signal,
    drain: drain.signal,
    kill: kill.signal,
    graceMs: 2_000,
    ...more,
  });
  closing.push(async () => {
    stop.abort();
    kill.abort();
    await done.catch(() => undefined);
    await queue.close();
    await serverQueue.close({ graceMs: 0 });
    rmSync(dataDir, { recursive: true, force: true });
  });
  return {
    server,
    dataDir,
    hub,
    serverQueue,
    done,
    stop: () => stop.abort(),
    drain: () => drain.abort(),
    kill: () => kill.abort(),
  };
}

const build = (attempt: string, script: string, more: Partial<BuildGrant> = {}): BuildGrant =>
  grantOf(plan([task('1', script)]), { attempt, ...more });

test('a grant is run, every event arrives once, and nothing is left behind', async () => {
  const { server, dataDir, stop, done } = startWorld();
  server.grant(build('a1', 'pwd; echo hello'));
  expect(await server.ended('a1')).toMatchObject({ outcome: 'succeeded' });
  expect(server.log('a1', '1')).toBe(`${join(dataDir, 'work/a1/build')}\nhello\n`);
  expect(server.hellos[0]).toMatchObject({ worker: 'w1', tags: ['linux'], slots: 2, owed: [] });
  stop();
  await done;
  expect(readdirSync(join(dataDir, 'work'))).toEqual([]);
  expect(server.repeated).toBe(0);
});

test('as many builds run at once as there are slots', async () => {
  const { server, dataDir } = startWorld();
  const meet = (mine: string, other: string): string =>
    `touch ${dataDir}/${mine}; while ! test -e ${dataDir}/${other}; do sleep 0.01; done`;
  server.grant(build('a1', meet('x', 'y')));
  server.grant(build('a2', meet('y', 'x')));
  expect(await server.ended('a1')).toMatchObject({ outcome: 'succeeded' });
  expect(await server.ended('a2')).toMatchObject({ outcome: 'succeeded' });
});

test('values sealed to the worker are opened, and masked', async () => {
  const { server } = startWorld();
  await server.until(() => server.hellos.length > 0);
  const secret = plan([task('1', 'echo "$A"', { env: { A: deferred('var.a', 'var.a') } })], {
    scope: { variables: { a: { kind: 'sealed' } }, locals: {} },
  });
  server.grant(grantOf(secret, { attempt: 'a1', sealed: seal(server.hellos[0]!.sealKey, { a: 'geheimnis' }) }));
  expect(await server.ended('a1')).toMatchObject({ outcome: 'succeeded' });
  expect(server.log('a1', '1')).toBe('***\n');
  server.grant(grantOf(secret, { attempt: 'a2', sealed: 'rubbish' }));
  expect(await server.ended('a2')).toMatchObject({ outcome: 'errored', problem: { code: 'seal.not_for_us' } });
});

test('a broadcast cancels a build: hooks and stops run', async () => {
  const { server } = startWorld();
  const types = { services: { db: serviceType('db', 'true', { stop: shell('echo stopped') }) } };
  const grant = grantOf(plan([task('1', 'echo here; sleep 60')], { services: [service('db')], types }), {
    attempt: 'a1',
  });
  server.grant(grant);
  await server.until(() => server.log('a1', '1') === 'here\n');
  await server.cancel('a1');
  expect(await server.ended('a1')).toMatchObject({ outcome: 'cancelled' });
  expect(server.log('a1', 'service:db:stop')).toBe('stopped\n');
});

test('a hook that hangs after a cancellation is ended when its time is over', async () => {
  const { server } = startWorld({ cleanupMs: 200 });
  const hooks = { onCancel: [task('c', 'echo hangs; sleep 60')], ensure: [task('e', 'echo never begun')] };
  server.grant(grantOf(plan([task('1', 'echo here; sleep 60', { hooks })]), { attempt: 'a1' }));
  await server.until(() => server.log('a1', '1') === 'here\n');
  await server.cancel('a1');
  expect(await server.ended('a1')).toMatchObject({ outcome: 'cancelled' });
  expect([server.log('a1', 'c'), server.log('a1', 'e')]).toEqual(['hangs\n', '']);
});

test('an attempt that belongs to somebody else is killed at once', async () => {
  const { server } = startWorld();
  server.grant(build('a1', 'trap "" TERM; echo $$; while :; do sleep 1; done'));
  await server.until(() => server.log('a1', '1') !== '');
  server.lose('a1');
  expect(await server.ended('a1')).toMatchObject({ outcome: 'errored', problem: { code: 'worker.lost' } });
  expect(existsSync(`/proc/${server.log('a1', '1').trim()}`)).toBe(false);
});

test('a worker that cannot renew kills its own steps', async () => {
  const { server } = startWorld({}, { renewEveryMs: 50, selfFenceMs: 400 });
  server.grant(build('a1', 'echo here; sleep 60'));
  await server.until(() => server.log('a1', '1') === 'here\n');
  server.muteRenewals();
  expect(await server.ended('a1')).toMatchObject({ outcome: 'errored', problem: { code: 'worker.lost' } });
});

test('what servers find its clock to be ahead is taken off the times of its events', async () => {
  const { server } = startWorld({}, { clockAheadMs: 3_600_000 });
  const anHourAgo = Date.now() - 3_600_000;
  server.grant(build('a1', 'echo hello'));
  await server.ended('a1');
  for (const { at } of server.events('a1')) {
    expect(at).toBeGreaterThanOrEqual(anHourAgo);
    expect(at).toBeLessThan(anHourAgo + 600_000);
  }
});

test('what is written while the server is away arrives when it is back: all of it, once, in order', async () => {
  const { server, hub, dataDir } = startWorld();
  const script = `for i in $(seq 1 200); do echo line $i; done; touch ${dataDir}/written; while ! test -e ${dataDir}/go; do sleep 0.01; done; echo end`;
  server.grant(build('a1', script));
  await server.until(() => server.log('a1', '1') !== '');
  const cuts = setInterval(() => hub.cutConnections(), 15);
  try {
    while (!existsSync(`${dataDir}/written`)) await new Promise((resolve) => setTimeout(resolve, 5));
    await Bun.write(`${dataDir}/go`, '');
    expect(await server.ended('a1')).toMatchObject({ outcome: 'succeeded' });
  } finally {
    clearInterval(cuts);
  }
  const expected = Array.from({ length: 200 }, (_, i) => `line ${i + 1}\n`).join('');
  expect(server.log('a1', '1')).toBe(`${expected}end\n`);
});

test('stopped, it cancels what runs and leaves', async () => {
  const { server, stop, done } = startWorld();
  server.grant(build('a1', 'echo here; sleep 60'));
  await server.until(() => server.log('a1', '1') === 'here\n');
  stop();
  await done;
  expect(await server.ended('a1')).toMatchObject({ outcome: 'cancelled' });
});

test('drained, it finishes what runs, takes nothing new, and leaves', async () => {
  const { server, drain, done, dataDir } = startWorld({ slots: 1 });
  server.grant(build('a1', `echo here; while ! test -e ${dataDir}/go; do sleep 0.01; done`));
  await server.until(() => server.log('a1', '1') === 'here\n');
  server.grant(build('a2', 'true'));
  drain();
  await Bun.write(`${dataDir}/go`, '');
  await done;
  expect(await server.ended('a1')).toMatchObject({ outcome: 'succeeded' });
  expect(server.events('a2')).toEqual([]);
});

test.each(['stop', 'drain'] as const)('told to %s, a worker with a free slot takes nothing new', async (how) => {
  const world = startWorld({ slots: 2 });
  const { server, done, dataDir } = world;
  server.grant(build('a1', `echo here; while ! test -e ${dataDir}/go; do sleep 0.01; done`));
  await server.until(() => server.log('a1', '1') === 'here\n');
  world[how]();
  server.grant(build('a2', 'true'));
  await Bun.write(`${dataDir}/go`, '');
  await done;
  expect((await server.ended('a1')).outcome).toBe(how === 'stop' ? 'cancelled' : 'succeeded');
  expect(server.events('a2')).toEqual([]);
});

test('sent away by the servers, it finishes what runs, says that it drains, and leaves', async () => {
  const { server, done, dataDir } = startWorld({ slots: 1 });
  server.grant(build('a1', `touch ${dataDir}/here; while ! test -e ${dataDir}/go; do sleep 0.01; done; echo done`));
  await server.until(() => existsSync(join(dataDir, 'here')));
  await server.drain({ by: 'ada', leave: true });
  await server.until(({ hellos }) => hellos.at(-1)?.draining === true);
  await writeFile(join(dataDir, 'go'), '');
  expect(await server.ended('a1')).toMatchObject({ outcome: 'succeeded' });
  await done;
});

test('what has not finished when the drain has taken too long is cancelled', async () => {
  const { server, drain, done, dataDir } = startWorld({ slots: 1, drainTimeoutMs: 100 });
  server.grant(build('a1', `touch ${dataDir}/here; sleep 1000`));
  await server.until(() => existsSync(join(dataDir, 'here')));
  drain();
  expect(await server.ended('a1')).toMatchObject({ outcome: 'cancelled' });
  await done;
});

test('turned away in the middle of a build, it ends that build in good order and says why it leaves', async () => {
  const { server, serverQueue, done, dataDir } = startWorld({ slots: 1 });
  server.grant(build('a1', `echo $$ > ${dataDir}/pid; touch ${dataDir}/here; sleep 1000`));
  await server.until(() => existsSync(join(dataDir, 'here')));
  const pid = Number(await readFile(join(dataDir, 'pid'), 'utf8'));
  const told = done.catch((error: unknown) => error);
  serverQueue.refuse(() => true, 'the worker token was revoked');
  expect(await told).toMatchObject({
    code: 'queue.refused',
    message: 'the server refused this worker: the worker token was revoked',
  });
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(readdirSync(join(dataDir, 'work'))).toEqual([]);
});

test('an idle worker that drains leaves at once', async () => {
  const { server, drain, done } = startWorld();
  await server.until(() => server.hellos.length > 0);
  drain();
  await done;
});

test('a second worker in the same directory is refused', async () => {
  const { dataDir, server } = startWorld();
  await server.until(() => server.hellos.length > 0);
  const second = startWorld({ dataDir });
  await expect(second.done).rejects.toMatchObject({ code: 'data_dir.locked' });
});

const check = (id: string, script: string): CheckGrant => ({
  kind: 'check',
  check: id,
  fencing: 1,
  leaseMs: 30_000,
  team: 'main',
  pipeline: 'p',
  plan: {
    schema: 1,
    address: 'git.app',
    resource: { type: 'git', name: 'app', params: { url: known('http://x') }, cache: true, tags: [] },
    types: {
      ...plan([]).types,
      resources: { git: { name: 'git', builtin: false, params: ['url'], cache: false, check: shell(script) } },
    },
    scope: { variables: {}, locals: {} },
  },
  last: { ref: 'old' },
});

test('a check is run and its versions are told', async () => {
  const { server } = startWorld();
  server.grant(
    check(
      'c1',
      'echo "looking at $param_url after $version_ref" >&2; echo "[{\\"ref\\":\\"new\\"}]"; test -d "$CACHE_DIR"',
    ),
  );
  await server.until(() => server.results.length > 0);
  expect(server.results[0]).toMatchObject({ check: 'c1', versions: [{ version: { ref: 'new' }, metadata: {} }] });
  expect(server.results[0]?.log).toContain('looking at http://x after old\n');
});

test('a check that fails says so on its result', async () => {
  const { server } = startWorld();
  server.grant(check('c1', 'echo "no route to host" >&2; exit 3'));
  await server.until(() => server.results.length > 0);
  expect(server.results[0]?.problem).toMatchObject({
    code: 'check.failed',
    message: expect.stringContaining('no route to host'),
  });
});
