/** What is left when a worker process is killed in the middle of something, and what the next one makes of it. */
import { afterEach, expect, test } from 'bun:test';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProcess } from '../lib/system/process-table.ts';
import { createHttpServerQueue } from '../queue/http/http-server-queue.ts';
import { listenForLocalWorkers } from '../queue/http/local-listener.ts';
import { type FakeServer, serveFake } from './testing/fake-server.ts';
import { deferred, grantOf, known, PLACE, plan, service, serviceType, shell, task } from './testing/plans.ts';

const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface World {
  readonly server: FakeServer;
  readonly dir: string;
  startWorker(): ChildProcess;
}

function startWorld(): World {
  const dir = mkdtempSync(join(tmpdir(), 'pikoci-death-'));
  const queue = createHttpServerQueue({ authenticate: () => ({ worker: 'w1' }), retryMs: { first: 5, most: 20 } });
  const socket = join(dir, 'run/queue.sock');
  const listener = listenForLocalWorkers(queue, socket);
  const server = serveFake(queue);
  closing.push(async () => {
    await queue.close({ graceMs: 0 });
    await listener.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  return {
    server,
    dir,
    startWorker() {
      const fixture = join(import.meta.dir, 'testing/worker.fixture.ts');
      const child = spawn(process.execPath, [fixture, socket, join(dir, 'data')], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      closing.push(() => end(child, 'SIGTERM'));
      return child;
    },
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
}

/** Nobody may be there to bury it: a zombie is dead. */
const isAlive = (pid: string): boolean => readProcess(Number(pid))?.zombie === false;

test('killed in mid-step: the next one ends what runs, stops services, runs ensure, says what is owed', async () => {
  const { server, dir, startWorker } = startWorld();
  const pids = join(dir, 'pids');
  const script = `echo here; echo $$ >> ${pids}; (setsid sh -c 'echo $$ >> ${pids}; exec sleep 300' &); echo $BUILD_NUMBER; exec sleep 300`;
  const types = {
    services: {
      db: serviceType('db', `sleep 300 & echo $! >> ${pids}`, {
        stop: shell(`kill -0 $(head -1 ${pids}) && echo stopped $param_name`),
      }),
    },
  };
  const steps = [
    task('1', script, { hooks: { ensure: [task('1.ensure.1', 'echo "ensured $BUILD_STATUS in $PWD"')] } }),
    task('2', 'echo never'),
  ];
  const hooks = { ensure: [task('ensure.1', 'echo job ensured')], onError: [task('on_error.1', 'echo never')] };
  const db = { ...service('db'), params: { name: known('x') } };
  server.grant(grantOf(plan(steps, { services: [db], types, hooks }), { attempt: 'a1' }));
  const first = startWorker();
  await server.until(
    () => server.log('a1', '1') === 'here\n7\n' && readFileSync(pids, 'utf8').trim().split('\n').length === 3,
  );
  await end(first, 'SIGKILL');
  const left = readFileSync(pids, 'utf8').trim().split('\n');
  expect(left.every(isAlive)).toBe(true);

  startWorker();
  await server.until(() => server.hellos.length === 2);
  expect(server.hellos[1]?.owed).toEqual(['a1']);
  expect(left.filter(isAlive)).toEqual([]);
  expect(server.log('a1', '1.ensure.1')).toBe(`ensured errored in ${dir}/data/work/a1/build\n`);
  expect(server.log('a1', 'ensure.1')).toBe('job ensured\n');
  expect(server.log('a1', 'service:db:stop')).toBe('stopped x\n');
  expect(server.events('a1').filter((event) => event.kind === 'step_ended' && event.step === '1')).toMatchObject([
    { outcome: 'errored', problem: { code: 'worker.restarted' } },
  ]);
  expect(server.log('a1', '2') + server.log('a1', 'on_error.1')).toBe('');
  expect(readdirSync(join(dir, 'data/work'))).toEqual([]);
  server.grant(grantOf(plan(steps.slice(1)), { attempt: 'a2', attemptNumber: 2 }));
  expect(await server.ended('a2')).toMatchObject({ outcome: 'succeeded' });
}, 30_000);

test('a service whose secret cannot be had any more is stopped without it, and the log says so', async () => {
  const { server, dir, startWorker } = startWorld();
  const store = {
    name: 'store',
    builtin: false,
    params: [],
    config: {},
    get: shell(`test ! -e ${dir}/closed && echo '{"password":"hunter2hunter2"}'`),
  };
  const scope = {
    variables: { pw: { kind: 'secret' as const, type: 'store', params: { key: known('password') }, at: PLACE } },
    locals: {},
  };
  const db = { ...service('db'), params: { password: deferred('var.pw', 'var.pw'), name: known('x') } };
  const types = {
    secrets: { store },
    services: {
      db: serviceType('db', 'test "$param_password" = hunter2hunter2', {
        stop: shell('echo "stopped $param_name ${param_password-without}"'),
      }),
    },
  };
  server.grant(grantOf(plan([task('1', 'echo here; sleep 300')], { services: [db], types, scope }), { attempt: 'a1' }));
  const first = startWorker();
  await server.until(() => server.log('a1', '1') === 'here\n');
  await end(first, 'SIGKILL');
  writeFileSync(join(dir, 'closed'), '');
  startWorker();
  await server.until(() => server.hellos.length === 2);
  const log = server.log('a1', 'service:db:stop');
  expect(log).toContain('warning: the service is stopped without its parameter password');
  expect(log).toEndWith('stopped x without\n');
}, 30_000);

test('killed while it writes: what was written before is there once, without a gap', async () => {
  const { server, startWorker } = startWorld();
  server.grant(grantOf(plan([task('1', 'i=0; while :; do i=$((i+1)); echo line $i; done')]), { attempt: 'a1' }));
  const first = startWorker();
  await server.until(() => server.log('a1', '1').length > 20_000);
  await end(first, 'SIGKILL');
  startWorker();
  await server.until(() => server.hellos.length === 2);
  const lines = server.log('a1', '1').split('\n').slice(0, -1);
  expect(lines).toEqual(lines.map((_, index) => `line ${index + 1}`));
}, 30_000);
