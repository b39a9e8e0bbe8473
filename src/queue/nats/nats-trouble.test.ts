import { expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../test/servers/free-port.ts';
import { makeCertificate, opensslAvailability } from '../../../test/servers/https-server.ts';
import { type NatsServerOptions, natsAvailability, startNatsServer } from '../../../test/servers/nats-server.ts';
import { testWith } from '../../../test/servers/required.ts';
import { temporaryDirectory } from '../../../test/servers/temporary-directory.ts';
import { judgeName, makeIdentity, QUICK, tokenFor } from '../broker/broker-harness.fixture.ts';
import { createBrokerServerQueue } from '../broker/broker-server-queue.ts';
import { createBrokerWorkerQueue } from '../broker/broker-worker-queue.ts';
import { askUntilAnswered, bytes, Collected, failureCode, patternBytes, reached, text } from '../contract/observe.ts';
import type { QueueState, WorkerQueue } from '../queue.ts';
import { createNatsBroker, type NatsOptions } from './nats-broker.ts';

const withNats = testWith({ nats: natsAvailability() });

async function startNats(options: NatsServerOptions = {}) {
  const server = await startNatsServer(options);
  const closing: (() => Promise<void>)[] = [];
  const identity = makeIdentity();
  return {
    server,
    identity,
    startServer(url = server.url, more: Partial<NatsOptions> = {}) {
      const states = new Collected<string>();
      const queue = createBrokerServerQueue({
        broker: createNatsBroker({ url, clientName: 'server', ...more }),
        identity,
        judge: judgeName,
        backOffMs: QUICK.backOffMs,
        onState: (state) => states.add('error' in state ? state.error : 'connected'),
      });
      closing.push(() => queue.close({ graceMs: 0 }));
      return { queue, states };
    },
    connectWorker(url = server.url, more: Partial<NatsOptions> = {}): WorkerQueue {
      const queue = createBrokerWorkerQueue({
        ...QUICK,
        broker: createNatsBroker({ url, clientName: 'worker', ...more }),
        credentials: tokenFor(identity, 'one'),
        worker: 'one',
      });
      closing.push(() => queue.close());
      return queue;
    },
    async [Symbol.asyncDispose]() {
      for (const close of closing) await close();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function whyNot(worker: WorkerQueue): Promise<string> {
  const states = new Collected<QueueState>();
  worker.onState((state) => states.add(state));
  await states.until((items) => items.some((state) => 'error' in state));
  const state = states.items.at(-1);
  return state && 'error' in state ? (state.error ?? '') : '';
}

test('a broker that is not there is said by name, once however often it is tried', async () => {
  const port = await freePort();
  const url = `nats://127.0.0.1:${port}`;
  const worker = createBrokerWorkerQueue({
    ...QUICK,
    broker: createNatsBroker({ url, clientName: 'worker' }),
    credentials: tokenFor(makeIdentity(), 'one'),
    worker: 'one',
  });
  const states = new Collected<QueueState>();
  worker.onState((state) => states.add(state));
  expect(await failureCode(worker.request(bytes('?'), { timeoutMs: 500 }))).toBe('queue.unreachable');
  expect(states.items).toEqual([
    { kind: 'connecting' },
    {
      kind: 'connecting',
      error: `the NATS server at 127.0.0.1:${port} cannot be reached: connection refused (is it running, and is its address right?)`,
    },
  ]);
  await worker.close();
});

withNats('the broker is killed in the middle and started again: nothing is lost', async () => {
  await using nats = await startNats();
  const { queue, states } = nats.startServer();
  const stored = new Collected<string>();
  queue.ingest(async (body) => stored.add(text(body)));
  queue.serve(async (body) => body);
  const worker = nats.connectWorker();
  await worker.emit(bytes('0'));
  const numbers = Array.from({ length: 200 }, (_, n) => `${n + 1}`);
  for (const round of [numbers.slice(0, 100), numbers.slice(100)]) {
    const half = round.slice(0, 50).map((n) => worker.emit(bytes(n)));
    await nats.server.kill9();
    await reached(worker, 'connecting');
    const rest = round.slice(50).map((n) => worker.emit(bytes(n)));
    await nats.server.start();
    await Promise.all([...half, ...rest]);
  }
  expect([...new Set(stored.items)]).toEqual(['0', ...numbers]);
  expect(text(await askUntilAnswered(worker, bytes('?')))).toBe('?');
  expect(states.items.filter((state) => state === 'connected')).toHaveLength(3);
});

withNats('without JetStream all is well', async () => {
  await using nats = await startNats({ jetStream: false });
  const { queue } = nats.startServer();
  queue.serve(async (body) => body);
  const worker = nats.connectWorker();
  expect(text(await askUntilAnswered(worker, bytes('?')))).toBe('?');
});

withNats('a wrong password is said so, on both sides, and not repeated in what is said', async () => {
  await using nats = await startNats({ args: ['--user', 'ci', '--pass', 'right'] });
  const at = (password: string): string => `nats://ci:${password}@127.0.0.1:${nats.server.port}`;
  const wrong = nats.startServer(at('wr0ng'));
  await wrong.states.untilLength(1);
  expect(wrong.states.items[0]).toContain('does not let us in');
  const why = await whyNot(nats.connectWorker(at('wr0ng')));
  expect(why).toMatch(/^the NATS server at 127\.0\.0\.1:\d+ does not let us in: .*Authorization Violation/);
  expect(why + wrong.states.items.join()).not.toContain('wr0ng');
  nats.startServer(at('right')).queue.serve(async (body) => body);
  expect(text(await askUntilAnswered(nats.connectWorker(at('right')), bytes('?')))).toBe('?');
});

withNats('an account needs our subjects and no others; one that may not use them is told so', async () => {
  await using directory = temporaryDirectory('nats-conf');
  const config = join(directory.path, 'nats.conf');
  const user = (name: string, subject: string): string =>
    `{ user: ${name}, password: p, permissions: { publish: "${subject}", subscribe: "${subject}" } }`;
  writeFileSync(config, `authorization { users = [ ${user('ci', 'pikoci.>')}, ${user('guest', 'other.>')} ] }\n`);
  await using nats = await startNats({ args: ['--config', config] });
  const as = (name: string): string => `nats://${name}:p@127.0.0.1:${nats.server.port}`;
  nats.startServer(as('ci')).queue.serve(async (body) => body);
  expect(text(await askUntilAnswered(nats.connectWorker(as('ci')), bytes('?')))).toBe('?');
  expect(await whyNot(nats.connectWorker(as('guest')))).toMatch(/does not let us in: .*pikoci/);
});

withNats('messages are cut to what the broker carries; one that carries next to nothing is unfit', async () => {
  await using directory = temporaryDirectory('nats-conf');
  const withPayload = async (bytesAtMost: number) => {
    const config = join(directory.path, `${bytesAtMost}.conf`);
    writeFileSync(config, `max_payload: ${bytesAtMost}\n`);
    return await startNats({ args: ['--config', config] });
  };
  await using small = await withPayload(16 * 1024);
  small.startServer().queue.serve(async (body) => body);
  const body = patternBytes(1024 * 1024);
  const answer = await askUntilAnswered(small.connectWorker(), body);
  expect(Buffer.compare(answer, body)).toBe(0);
  await using tiny = await withPayload(2 * 1024);
  expect(await whyNot(tiny.connectWorker())).toContain('is not fit for this queue: its max_payload of 2048 bytes');
});

testWith({ nats: natsAvailability(), openssl: opensslAvailability() })(
  'over TLS, with an authority that is trusted, and never without it where it is asked for',
  async () => {
    await using directory = temporaryDirectory('nats-tls');
    const { key, certificate } = await makeCertificate(directory.path);
    await using nats = await startNats({ args: ['--tls', '--tlscert', certificate, '--tlskey', key] });
    const url = `tls://localhost:${nats.server.port}`;
    nats.startServer(url, { caFile: certificate }).queue.serve(async (body) => body);
    expect(text(await askUntilAnswered(nats.connectWorker(url, { caFile: certificate }), bytes('?')))).toBe('?');
    expect(await whyNot(nats.connectWorker(url))).toMatch(/cannot be reached: .*certificate/);
    await using plain = await startNats();
    const why = await whyNot(plain.connectWorker(`tls://ci:p@localhost:${plain.server.port}`));
    expect(why).toContain("server does not support 'tls'");
  },
);
