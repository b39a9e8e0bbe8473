import { expect } from 'bun:test';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { findLocalServers, localServersDir } from '../../src/lib/system/local-token.ts';
import { openWebSocket } from '../../src/lib/system/web-socket-client.ts';
import { type Balancer, startBalancer } from '../servers/balancer.ts';
import {
  type PikociPlace,
  pikociAvailability,
  pikociPlace,
  type RunningProgram,
  type RunningServer,
} from '../servers/pikoci.ts';
import { postgresAvailability, startPostgres } from '../servers/postgres-local.ts';
import { testWith } from '../servers/required.ts';
import { endedBuild, listBuilds, logOf } from './builds.ts';
import { eventually } from './eventually.ts';
import { followLog, startLoad } from './load.ts';

const test = testWith({ executable: pikociAvailability() });
const testOnPostgres = testWith({ executable: pikociAvailability(), postgres: postgresAvailability() });

/** A long one that talks all the time, until it is let go, and many short ones. What ran is written down by what ran. */
const PIPELINE = `
job "long" {
  task "talk" {
    run "shell" {
      cmd = "i=0; while [ ! -e GO ]; do i=$((i+1)); echo line $i of a long log; sleep 0.1; done; echo the end; echo $BUILD_ATTEMPT >> GO.attempts"
    }
  }
}

job "short" {
  task "count" {
    run "shell" { cmd = "echo $BUILD_NUMBER >> GO.short" }
  }
}
`;

const STARTED = /signs in as admin/;

function writePipeline(place: PikociPlace): string {
  const go = join(place.path, 'go');
  place.write('pipeline.hcl', PIPELINE.replaceAll('GO', go));
  return go;
}

async function tokenOf(place: PikociPlace): Promise<string> {
  const [server] = await findLocalServers(localServersDir(place.environment, place.path));
  return server?.token ?? '';
}

/** The id of the long build, which is triggered, once it runs. */
async function startLong(server: RunningServer): Promise<string> {
  await server.cli('jobs', 'trigger', '--pipeline', 'pipeline', '--job', 'long');
  return eventually('the long build runs', async () => {
    const list = await server.json('builds', 'list', '--pipeline', 'pipeline', '--job', 'long', '--json');
    const [build] = list as { id: string; status: string }[];
    return build?.status === 'running' ? build.id : undefined;
  });
}

const numbersIn = async (path: string): Promise<number[]> =>
  (await Bun.file(path).text())
    .trim()
    .split('\n')
    .map(Number)
    .toSorted((a, b) => a - b);

test('a server is replaced three times by --takeover, and nobody notices', async () => {
  await using place = pikociPlace();
  const go = writePipeline(place);
  const flags = ['--data-dir', 'data', '--pipeline-config', 'pipeline.hcl', '--concurrency', '4', '--takeover'];
  const first = await place.startServer(...flags);
  const port = Number(new URL(first.url).port);
  const token = await tokenOf(place);
  const log = followLog(port, token, await startLong(first));
  const load = startLoad({ port, token, pipeline: 'pipeline', job: 'short' });

  const all: RunningProgram[] = [first];
  for (let time = 1; time <= 3; time++) {
    const next = place.start(['server', '--port', '0', ...flags]);
    await next.waitForOutput(STARTED);
    expect(next.output()).toContain(`listening  ${first.url}\n`);
    const before = load.answered();
    await eventually('requests go on', async () => (load.answered() > before + 100 ? true : undefined));
    all.push(next);
  }
  await load.stop();
  place.write('go', '');

  expect(load.failures).toEqual([]);
  expect((await endedBuild(first, 'pipeline', 'long', 1)).status).toBe('succeeded');
  const whole = await logOf(first, 'pipeline', 'long', 1);
  expect(whole).toEndWith('the end\n');
  expect(await log.text).toBe(whole);
  expect(log.reconnected()).toBe(3);
  expect(await numbersIn(`${go}.attempts`)).toEqual([1]);

  await eventually('all short builds end', async () =>
    (await listBuilds(first, 'pipeline', 'short')).every(({ status }) => status === 'succeeded') ? true : undefined,
  );
  expect(await numbersIn(`${go}.short`)).toEqual(load.triggered.toSorted((a, b) => a - b));
  const last = all.pop();
  expect(await Promise.all(all.map(({ exited }) => exited))).toEqual([0, 0, 0]);
  expect(await last?.stop()).toBe(0);
}, 90_000);

test('a server that cannot take over leaves the other as it is', async () => {
  await using place = pikociPlace();
  writePipeline(place);
  place.write('bad.hcl', 'job "x" {\n');
  place.write('secret', 'correct horse');
  const flags = ['--data-dir', 'data', '--no-run-worker'];
  const first = await place.startServer(...flags, '--pipeline-config', 'pipeline.hcl');
  const port = Number(new URL(first.url).port);
  const token = await tokenOf(place);
  const load = startLoad({ port, token, pipeline: 'pipeline', job: 'short' });
  const blocker = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('') });

  const start = (...more: readonly string[]) => place.run(['server', ...flags, '--takeover', ...more]);
  const badPipeline = await start('--port', '0', '--pipeline-config', 'bad.hcl');
  expect(badPipeline.code).toBe(1);
  // Else there is nothing that another key could not read.
  await first.cli('secrets', 'set', 'account', '--from-file', 'secret');
  const otherKey = await start('--port', '0', '--secret-key', 'quite another key than before');
  expect(otherKey.stderr).toContain('the database was written with another secret key');
  expect(otherKey.code).toBe(1);
  const takenPort = await start('--port', String(blocker.port));
  expect(takenPort.stderr).toContain(`port ${blocker.port} of 127.0.0.1 is taken by another program`);
  const inMemory = await place.run(['server', '--takeover', '--db-system', 'mem']);
  expect(inMemory.stderr).toContain('has nothing to hand over');
  const unasked = await place.run(['server', ...flags, '--port', '0']);
  expect(unasked.stderr).toContain('in use by pikoci server');

  await load.stop();
  await blocker.stop(true);
  expect(load.failures).toEqual([]);
  expect(first.output()).not.toContain('handing over');
  expect(await first.stop()).toBe(0);
}, 60_000);

test('kill -9 of the new server while the old one waits for it: the old one goes on, and so do those who asked', async () => {
  await using place = pikociPlace();
  writePipeline(place);
  const server = await place.startServer('--data-dir', 'data', '--pipeline-config', 'pipeline.hcl', '--no-run-worker');
  const port = Number(new URL(server.url).port);
  // In the place of a server, which would be through with it before it can be killed.
  const heard = { here: Promise.withResolvers<void>(), paused: Promise.withResolvers<void>() };
  const say = (message: object): void => successor.send(new TextEncoder().encode(JSON.stringify(message)));
  const successor = openWebSocket(
    { socket: join(place.path, 'data/server/front.sock'), path: '/takeover' },
    {},
    {
      open: () => say({ kind: 'hello', protocol: 1, version: '0.1.0', pid: process.pid }),
      frame: (bytes) => {
        const { kind } = JSON.parse(new TextDecoder().decode(bytes));
        if (kind === 'here' || kind === 'paused') heard[kind as 'here' | 'paused'].resolve();
      },
      closed: () => undefined,
    },
  );
  await heard.here.promise;
  const second = await place.run(['server', '--data-dir', 'data', '--port', '0', '--takeover']);
  expect(second.stderr).toContain('is taking over from it already');

  say({ kind: 'pause' });
  await heard.paused.promise;
  const load = startLoad({ port, token: await tokenOf(place), pipeline: 'pipeline', job: 'short' });
  await Bun.sleep(300);
  expect(load.answered()).toBe(0);
  successor.terminate();
  await eventually('requests are answered', async () => (load.answered() > 50 ? true : undefined));
  await load.stop();
  expect(load.failures).toEqual([]);
  expect(server.output()).toContain('is gone before it had taken over: going on');

  const next = place.start(['server', '--data-dir', 'data', '--port', '0', '--takeover', '--no-run-worker']);
  await next.waitForOutput(STARTED);
  expect(await server.exited).toBe(0);
  expect(await next.stop()).toBe(0);
}, 60_000);

test('a newer server that has migrated the database and dies: the old one goes on, and the next newer one takes over', async () => {
  await using place = pikociPlace();
  writePipeline(place);
  const server = await place.startServer('--data-dir', 'data', '--pipeline-config', 'pipeline.hcl', '--no-run-worker');
  const token = await tokenOf(place);
  const newer = (more: Readonly<Record<string, string>>) => {
    const preload = join(import.meta.dirname, 'newer-schema.fixture.ts');
    const main = join(import.meta.dirname, '../../src/main/main.ts');
    const args = [
      '--preload',
      preload,
      main,
      'server',
      '--data-dir',
      'data',
      '--port',
      '0',
      '--takeover',
      '--no-run-worker',
    ];
    return spawn(process.execPath, args, { cwd: place.path, env: { ...place.environment, ...more }, stdio: 'ignore' });
  };
  const load = startLoad({ port: Number(new URL(server.url).port), token, pipeline: 'pipeline', job: 'short' });
  const first = newer({ DIES_WITH: join(place.path, 'data/server/pikoci.db') });
  expect(await once(first, 'exit')).toEqual([null, 'SIGKILL']);
  await server.waitForOutput(/is gone before it had taken over: going on/);
  const before = load.answered();
  await eventually('requests are answered', async () => (load.answered() > before + 50 ? true : undefined));
  const second = newer({});
  const ended = once(second, 'exit');
  expect(await server.exited).toBe(0);
  await load.stop();
  expect(load.failures).toEqual([]);
  second.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
}, 90_000);

test('SIGQUIT: not ready, but there; builds finish, unless SIGTERM follows', async () => {
  await using place = pikociPlace();
  const go = writePipeline(place);
  const flags = ['--data-dir', 'data', '--pipeline-config', 'pipeline.hcl'];
  const server = await place.startServer(...flags, '--drain-delay', '3s');
  const statusOf = async (path: string): Promise<string> => {
    const answer = await fetch(server.url + path);
    return `${answer.status} ${await answer.text()}`;
  };
  expect(await statusOf('/healthz')).toBe('200 {"status":"alive"}');
  expect(await statusOf('/readyz')).toBe('200 {"status":"ready"}');
  const build = await startLong(server);
  const log = followLog(Number(new URL(server.url).port), await tokenOf(place), build);
  server.signal('SIGQUIT');
  await eventually('it says that it drains', async () =>
    (await statusOf('/readyz')) === '503 {"status":"not ready","reason":"draining"}' ? true : undefined,
  );
  expect(await statusOf('/healthz')).toBe('200 {"status":"alive"}');
  await server.cli('jobs', 'trigger', '--pipeline', 'pipeline', '--job', 'short');
  place.write('go', '');
  expect(await log.text).toEndWith('the end\n');
  expect(await server.exited).toBe(0);
  expect(await Bun.file(`${go}.short`).exists()).toBe(false);

  await Bun.file(go).delete();
  const again = await place.startServer(...flags, '--drain');
  await eventually('the short build is made now', async () =>
    (await Bun.file(`${go}.short`).exists()) ? true : undefined,
  );
  await startLong(again);
  again.signal('SIGTERM');
  await again.waitForOutput(/finishing what runs/);
  again.signal('SIGTERM');
  await again.waitForOutput(/told to stop: cancelling what still runs/);
  expect(await again.exited).toBe(0);
}, 60_000);

test('a build replaces the server that runs it, and finishes', async () => {
  await using place = pikociPlace();
  const pidOf = async (): Promise<number> =>
    (await findLocalServers(localServersDir(place.environment, place.path)))[0]?.pid ?? 0;
  const done = join(place.path, 'replaced');
  place.write(
    'pipeline.hcl',
    `job "redeploy" {
      task "replace" {
        run "shell" { cmd = "kill -USR2 $(cat ${place.path}/pid); while [ ! -e ${done} ]; do sleep 0.1; done; echo replaced" }
      }
    }`,
  );
  const server = await place.startServer('--data-dir', 'data', '--pipeline-config', 'pipeline.hcl');
  const before = await pidOf();
  place.write('pid', String(before));
  await server.cli('jobs', 'trigger', '--pipeline', 'pipeline', '--job', 'redeploy');
  await server.waitForOutput(/has taken over/);
  const after = await eventually('the new server is there', async () => {
    const pid = await pidOf();
    return pid !== before && pid > 0 ? pid : undefined;
  });
  place.write('replaced', '');
  expect((await endedBuild(server, 'pipeline', 'redeploy', 1)).status).toBe('succeeded');
  expect(await logOf(server, 'pipeline', 'redeploy', 1)).toBe('replaced\n');
  await server.waitForOutput(/all is with the other; leaving/);
  process.kill(after, 'SIGTERM');
  // Its output is the first one's: it is over with the last of the two.
  expect(await server.exited).toBe(0);
}, 60_000);

testOnPostgres(
  'two servers behind a balancer are replaced one after the other, and nobody notices',
  async () => {
    await using database = await startPostgres();
    await database.query('create database redeploy');
    await using place = pikociPlace();
    const go = writePipeline(place);
    const url = new URL(database.url);
    url.pathname = '/redeploy';
    place.write(
      'server.hcl',
      `db_url = "${url.href}"\njwt_secret = "${'j'.repeat(32)}"\nsecret_key = "${'k'.repeat(32)}"\ndrain_delay = "1s"\n`,
    );
    const flags = ['--config', 'server.hcl', '--pipeline-config', 'pipeline.hcl', '--concurrency', '4'];
    const start = (name: string) => place.startServer(...flags, '--data-dir', name);
    await using balancer = await startBalancer();
    await using ready = watchReadiness(balancer);

    const old = [await start('one'), await start('two')] as const;
    for (const server of old) await ready.add(server.url);
    const port = Number(new URL(balancer.url).port);
    const token = await tokenOf(place);
    const log = followLog(port, token, await startLong(old[0]));
    const load = startLoad({ port, token, pipeline: 'pipeline', job: 'short' });
    await eventually('requests are answered', async () => (load.answered() > 50 ? true : undefined));

    const next: RunningServer[] = [];
    for (const [index, server] of old.entries()) {
      server.signal('SIGQUIT');
      await ready.gone(server.url);
      // The other one is ready, and bears the load alone until this one is.
      const replaced = await start(`next-${index}`);
      await ready.add(replaced.url);
      next.push(replaced);
    }
    place.write('go', '');
    const exits = await Promise.all(old.map(({ exited }) => exited));
    const before = load.answered();
    await eventually('requests go on', async () => (load.answered() > before + 50 ? true : undefined));
    await load.stop();

    expect(load.failures).toEqual([]);
    expect(exits).toEqual([0, 0]);
    const [server] = next as [RunningServer];
    expect((await endedBuild(server, 'pipeline', 'long', 1)).status).toBe('succeeded');
    const whole = await logOf(server, 'pipeline', 'long', 1);
    expect(whole).toEndWith('the end\n');
    expect(await log.text).toBe(whole);
    expect(await numbersIn(`${go}.attempts`)).toEqual([1]);
    await eventually('all short builds end', async () =>
      (await listBuilds(server, 'pipeline', 'short')).every(({ status }) => status === 'succeeded') ? true : undefined,
    );
    expect(await numbersIn(`${go}.short`)).toEqual(load.triggered.toSorted((a, b) => a - b));
    for (const one of next) expect(await one.stop()).toBe(0);
  },
  120_000,
);

/** What a balancer does besides: it asks each server again and again whether it is ready, and sends connections to those that are. */
interface Readiness extends AsyncDisposable {
  /** Resolves when the server is ready. */
  add(url: string): Promise<void>;
  /** Resolves when it is not. */
  gone(url: string): Promise<void>;
}

function watchReadiness(balancer: Balancer): Readiness {
  const servers = new Map<string, boolean>();
  let stopped = false;
  const isReady = (url: string): Promise<boolean> =>
    fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  const watching = (async () => {
    while (!stopped) {
      for (const url of servers.keys()) servers.set(url, await isReady(url));
      balancer.setTargets([...servers].filter(([, ready]) => ready).map(([url]) => Number(new URL(url).port)));
      await Bun.sleep(50);
    }
  })();
  const until = async (url: string, wanted: boolean): Promise<void> =>
    void (await eventually(`${url} ready: ${wanted}`, async () => (servers.get(url) === wanted ? true : undefined)));
  return {
    add(url) {
      servers.set(url, false);
      return until(url, true);
    },
    gone: (url) => until(url, false),
    async [Symbol.asyncDispose]() {
      stopped = true;
      await watching;
    },
  };
}
