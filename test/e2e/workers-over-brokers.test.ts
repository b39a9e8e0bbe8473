import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BROKERS, type RunningBroker } from '../servers/brokers.ts';
import { startCutProxy } from '../servers/cut-proxy.ts';
import { freePort } from '../servers/free-port.ts';
import { natsAvailability, startNatsServer } from '../servers/nats-server.ts';
import { type PikociPlace, pikociAvailability, pikociPlace, type RunningServer } from '../servers/pikoci.ts';
import { isRequired, testWith } from '../servers/required.ts';
import { endedBuild, logOf } from './builds.ts';
import { eventually } from './eventually.ts';

const test = testWith({ executable: pikociAvailability(), nats: natsAvailability() });

const SECRET = 'a secret of thirty-two characters';

/** Prints a number a line, and waits in the middle until it may go on. */
const pipeline = (path: string): string => `
variable "password" {
  type      = string
  sensitive = true
}
job "count" {
  task "numbers" {
    run "shell" {
      cmd = "i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo line $i; if [ $i = 1000 ]; then while [ ! -e ${path}/go ]; do sleep 0.05; done; fi; done"
    }
  }
  task "secret" {
    run "shell" {
      cmd = "echo the password is \${var.password}"
    }
  }
}
`;

async function startServer(place: PikociPlace, system: string, ...more: string[]): Promise<RunningServer> {
  place.write('pipeline.hcl', pipeline(place.path));
  return await place.startServer(
    ...['--pubsub-system', system, '--jwt-secret', SECRET, '--run-worker=false'],
    ...['--pipeline-config', 'pipeline.hcl', '--var', 'password=hunter2hunter2', ...more],
  );
}

async function makeToken(place: PikociPlace, ...more: string[]): Promise<string> {
  const { code, stdout, stderr } = await place.run(['worker-token', '--jwt-secret', SECRET, ...more]);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^its id is [-0-9a-f]{36}: pikoci workers revoke/);
  expect(stdout).toMatch(/^pkw_[\w-]+\n$/);
  return stdout.trim();
}

/** The lines of the pipeline's first task, all of them, in order, once each. */
const ALL_LINES = Array.from({ length: 2000 }, (_, n) => `line ${n + 1}`).join();
const linesOf = (log: string): string =>
  log
    .split('\n')
    .filter((line) => line.startsWith('line '))
    .join();

/** A build of it that has printed its first half and waits. */
async function halfDone(server: RunningServer): Promise<void> {
  await server.cli('jobs', 'trigger', '--pipeline', 'pipeline', '--job', 'count');
  await eventually('half of it is done', async () =>
    (await logOf(server, 'pipeline', 'count', 1)).includes('line 1000') ? true : undefined,
  );
}

/** So long the main thread of a worker is busy after SIGUSR2, and so long a lease is. */
const [BUSY_MS, LEASE_MS] = [6_000, 4_000];

/** A worker whose main thread is busy for longer than its lease: the build goes on, in the same try. */
async function isBusy(environment: Readonly<Record<string, string>>, system: string): Promise<void> {
  await using place = pikociPlace({ environment });
  const server = await startServer(place, system, '--db-system', 'mem', '--lease', `${LEASE_MS}ms`);
  const busy = `if (Bun.isMainThread) process.on('SIGUSR2', () => Bun.sleepSync(${BUSY_MS}))`;
  const token = await makeToken(place);
  await using worker = place.start(
    ['worker', '--pubsub-system', system, '--worker-token', token, '--pikoci-url', server.url, '--data-dir', 'far'],
    { BUN_OPTIONS: `--preload=${place.write('busy.js', busy)}` },
  );
  await worker.waitForOutput(/connected to a server/);
  await halfDone(server);
  worker.signal('SIGUSR2');
  writeFileSync(join(place.path, 'go'), '');
  await worker.waitForOutput(/the worker's main thread was busy for \d+\.\d s; its leases were renewed meanwhile/);
  expect((await endedBuild(server, 'pipeline', 'count', 1)).status).toBe('succeeded');
  expect(linesOf(await logOf(server, 'pipeline', 'count', 1))).toBe(ALL_LINES);
  expect(worker.output().match(/build begun/g)).toHaveLength(1);
  expect(await worker.stop()).toBe(0);
  await server.stop();
}

test('a worker over http whose main thread is busy for longer than its lease keeps its build', async () => {
  await isBusy({}, 'http');
}, 60_000);

for (const { system, variable, availability, serverGone, start } of BROKERS) {
  const isHere = availability.available || isRequired(system, process.env.PIKOCI_TEST_REQUIRE);
  const withBroker = testWith({ executable: pikociAvailability(), [system]: availability });

  describe(`over ${system}`, () => {
    let broker: RunningBroker;
    const placeFor = (): PikociPlace => pikociPlace({ environment: { [variable]: broker.url } });
    if (isHere) {
      beforeAll(async () => {
        broker = await start();
      }, 120_000);
      afterAll(() => broker[Symbol.asyncDispose]());
    }

    withBroker(
      'a build on a worker that knows the broker and a token alone; the broker is killed in the middle: nothing is lost',
      async () => {
        await using place = placeFor();
        const server = await startServer(place, system, '--db-system', 'mem');
        await using worker = place.start([
          ...['worker', '--pubsub-system', system, '--worker-token', await makeToken(place), '--name', 'far'],
          ...['--data-dir', join(place.path, 'far')],
        ]);
        await worker.waitForOutput(/connected to a server/);
        await halfDone(server);
        await broker.kill9();
        await worker.waitForOutput(/not connected to a server, trying again: the \w+ server at .* was lost/);
        // It goes on without: what it prints waits on its disk.
        writeFileSync(join(place.path, 'go'), '');
        await broker.start();
        expect((await endedBuild(server, 'pipeline', 'count', 1, 90_000)).status).toBe('succeeded');
        const log = await logOf(server, 'pipeline', 'count', 1);
        expect(linesOf(log)).toBe(ALL_LINES);
        expect(log.slice(-200)).toContain('the password is ***');
        expect(log).not.toContain('hunter2');
        // That it was lost, that it is not there, and in between how it starts: each of them once.
        const told = [...worker.output().matchAll(/not connected to a server.*/g)].map(String);
        expect(told).toEqual([...new Set(told)]);
        expect(told.length).toBeLessThanOrEqual(4);
        expect(await worker.stop()).toBe(0);
        await server.waitForOutput(/worker left/);
        await server.stop();
      },
      180_000,
    );

    withBroker(
      'the server is killed in the middle and started again: the same try goes on, and nothing of its log is missing',
      async () => {
        await using place = placeFor();
        const data = ['--data-dir', join(place.path, 'data')];
        const first = await startServer(place, system, ...data);
        await using worker = place.start([
          ...['worker', '--pubsub-system', system, '--worker-token', await makeToken(place)],
          ...['--data-dir', join(place.path, 'far')],
        ]);
        await worker.waitForOutput(/connected to a server/);
        await halfDone(first);
        await first.kill9();
        // It hears of that long before its lease is over.
        await worker.waitForOutput(new RegExp(`not connected to a server, trying again: ${serverGone.source}`), 10_000);
        writeFileSync(join(place.path, 'go'), '');
        const second = await startServer(place, system, ...data);
        expect((await endedBuild(second, 'pipeline', 'count', 1)).status).toBe('succeeded');
        expect(linesOf(await logOf(second, 'pipeline', 'count', 1))).toBe(ALL_LINES);
        expect(await worker.stop()).toBe(0);
        await second.stop();
      },
      120_000,
    );

    withBroker(
      'a worker whose main thread is busy for longer than its lease keeps its build',
      async () => {
        await isBusy({ [variable]: broker.url }, system);
      },
      60_000,
    );
  });
}

test('the clock of a worker is an hour ahead: the times of its steps are right, and the server says so once', async () => {
  await using place = pikociPlace({ environment: {} });
  place.write('go', '');
  const server = await startServer(place, 'http', '--db-system', 'mem');
  const ahead = 'const right = Date.now; Date.now = () => right() + 3_600_000;';
  await using worker = place.start(
    ['worker', '--worker-token', await makeToken(place), '--pikoci-url', server.url, '--data-dir', 'far'],
    { BUN_OPTIONS: `--preload=${place.write('ahead.js', ahead)}` },
  );
  await worker.waitForOutput(/connected to a server/);
  const before = Date.now();
  await server.cli('jobs', 'trigger', '--pipeline', 'pipeline', '--job', 'count');
  const build = await endedBuild(server, 'pipeline', 'count', 1);
  expect(build.status).toBe('succeeded');
  // To the millisecond the two are not compared.
  expect(build.startedAt).toBeGreaterThan(before - 5_000);
  expect(build.endedAt).toBeLessThan(Date.now() + 5_000);
  expect(server.output().match(/is 1h ahead: the times in its logs are corrected by that/g)).toHaveLength(1);
  expect(await worker.stop()).toBe(0);
  await server.stop();
}, 60_000);

test('who has no token of the server is refused, once, and says why', async () => {
  await using nats = await startNatsServer({ jetStream: false });
  await using place = pikociPlace();
  const server = await startServer(place, 'nats', '--nats-server-url', nats.url, '--db-system', 'mem');
  const asWorker = (token: string, ...more: string[]) =>
    place.start([
      ...['worker', '--pubsub-system', 'nats', '--nats-server-url', nats.url, '--worker-token', token],
      ...['--data-dir', join(place.path, 'stranger'), ...more],
    ]);

  const short = await makeToken(place, '--expires', '1s');
  await Bun.sleep(1_100);
  await using expired = asWorker(short);
  expect(await expired.exited).toBe(1);
  expect(expired.output()).toMatch(/the server refused this worker: the worker token has expired/);
  expect(expired.output().match(/refused/g)).toHaveLength(1);
  await server.waitForOutput(/a worker was refused: the worker token has expired/);

  const other = (await place.run(['worker-token', '--jwt-secret', 'another secret of thirty-two characters'])).stdout;
  await using foreign = asWorker(other.trim());
  await foreign.waitForOutput(/no server that made the worker token is at this broker/);
  expect(await foreign.stop()).toBe(0);

  await using tagged = asWorker(await makeToken(place, '--tags', 'gpu'), '--tags', 'prod');
  expect(await tagged.exited).toBe(1);
  expect(tagged.output()).toContain('its token does not let it have the tag prod');

  await using rubbish = asWorker('pkw_rubbish');
  expect(await rubbish.exited).toBe(1);
  expect(rubbish.output()).toContain('the worker token cannot be read');
  await server.stop();
}, 60_000);

const WITH_ARTIFACT = `
resource "artifact" "result" {
  params { paths = ["result.txt"] }
}
job "make" {
  task "write" {
    run "shell" { cmd = "echo made far away > result.txt" }
  }
  put "artifact" "result" {}
}
job "read" {
  get "artifact" "result" {
    trigger = true
    passed  = ["make"]
  }
  task "look" {
    run "shell" { cmd = "cat result/result.txt" }
  }
}
`;

for (const system of ['nats', 'http']) {
  test(`a worker over ${system} with --pikoci-url has artifacts`, async () => {
    await using nats = await startNatsServer();
    await using place = pikociPlace({ environment: { NATS_SERVER_URL: nats.url, PIKOCI_JWT_SECRET: SECRET } });
    place.write('pipeline.hcl', WITH_ARTIFACT);
    const server = await place.startServer(
      ...['--db-system', 'mem', '--pubsub-system', system, '--run-worker=false', '--pipeline-config', 'pipeline.hcl'],
    );
    const token = place.write('token', (await place.run(['worker-token'])).stdout);
    await using worker = place.start([
      ...['worker', '--pubsub-system', system, '--worker-token-file', token, '--pikoci-url', server.url],
      ...['--data-dir', join(place.path, 'far')],
    ]);
    await worker.waitForOutput(/connected to a server/);
    await server.cli('jobs', 'trigger', '--pipeline', 'pipeline', '--job', 'make');
    expect((await endedBuild(server, 'pipeline', 'make', 1)).status).toBe('succeeded');
    expect((await endedBuild(server, 'pipeline', 'read', 1)).status).toBe('succeeded');
    expect(await logOf(server, 'pipeline', 'read', 1)).toContain('made far away');
    expect(await worker.stop()).toBe(0);
    await server.stop();
  }, 60_000);
}

test('of two servers that a worker knows one is not there: builds and artifacts go by the other', async () => {
  await using place = pikociPlace({ environment: { PIKOCI_JWT_SECRET: SECRET } });
  place.write('pipeline.hcl', WITH_ARTIFACT);
  const server = await place.startServer(
    ...['--db-system', 'mem', '--pubsub-system', 'http', '--run-worker=false', '--pipeline-config', 'pipeline.hcl'],
  );
  const token = place.write('token', (await place.run(['worker-token'])).stdout);
  const nobody = `http://127.0.0.1:${await freePort()}`;
  await using worker = place.start([
    ...['worker', '--worker-token-file', token, '--pikoci-url', `${nobody},${server.url}`, '--data-dir', 'far'],
  ]);
  await worker.waitForOutput(/info {2}connected to a server/);
  await server.cli('jobs', 'trigger', '--pipeline', 'pipeline', '--job', 'make');
  expect((await endedBuild(server, 'pipeline', 'make', 1)).status).toBe('succeeded');
  expect((await endedBuild(server, 'pipeline', 'read', 1)).status).toBe('succeeded');
  expect(await logOf(server, 'pipeline', 'read', 1)).toContain('made far away');
  expect(await worker.stop()).toBe(0);
  await server.stop();
}, 60_000);

const FAR_APART = `
resource "artifact" "large" {
  params { paths = ["large"] }
}
job "make" {
  tags = ["near"]
  task "write" {
    run "shell" { cmd = "head -c 20000000 /dev/urandom > large; sha256sum < large" }
  }
  put "artifact" "large" {}
}
job "read" {
  tags = ["far"]
  get "artifact" "large" {
    trigger = true
    passed  = ["make"]
  }
  task "look" {
    run "shell" { cmd = "sha256sum < large/large" }
  }
}
`;

test('workers that know the broker alone hand on 20 MB, although the connection is cut in the middle', async () => {
  await using nats = await startNatsServer();
  await using way = await startCutProxy(nats.port);
  await using place = pikociPlace({ environment: { PIKOCI_JWT_SECRET: SECRET } });
  place.write('pipeline.hcl', FAR_APART);
  const server = await place.startServer(
    ...['--pubsub-system', 'nats', '--nats-server-url', nats.url, '--run-worker=false', '--data-dir', 'data'],
    ...['--pipeline-config', 'pipeline.hcl'],
  );
  const token = place.write('token', (await place.run(['worker-token'])).stdout);
  const startWorker = (tag: string) =>
    place.start([
      ...['worker', '--pubsub-system', 'nats', '--nats-server-url', `nats://127.0.0.1:${way.port}`],
      ...['--worker-token-file', token, '--tags', tag, '--data-dir', tag],
    ]);
  await using near = startWorker('near');
  await using far = startWorker('far');
  await near.waitForOutput(/connected to a server/);
  await far.waitForOutput(/connected to a server/);
  await server.cli('jobs', 'trigger', '--pipeline', 'pipeline', '--job', 'make');
  const uploads = join(place.path, 'data/server/uploads');
  await eventually('a part of it has come', async () => (existsSync(uploads) && readdirSync(uploads)[0]) || undefined, {
    everyMs: 2,
  });
  way.cut();
  await near.waitForOutput(/not connected to a server/);
  expect((await endedBuild(server, 'pipeline', 'make', 1)).status).toBe('succeeded');
  expect((await endedBuild(server, 'pipeline', 'read', 1)).status).toBe('succeeded');
  const sumOf = async (job: string) => /[0-9a-f]{64}(?= {2}-)/.exec(await logOf(server, 'pipeline', job, 1))?.[0];
  const sum = await sumOf('make');
  expect(sum).toMatch(/^[0-9a-f]{64}$/);
  expect(await sumOf('read')).toBe(sum);
  expect([await near.stop(), await far.stop(), await server.stop()]).toEqual([0, 0, 0]);
}, 90_000);
