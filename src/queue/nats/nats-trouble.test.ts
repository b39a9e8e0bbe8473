import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificate, opensslAvailability } from '../../../test/servers/https-server.ts';
import {
  type NatsServer,
  type NatsServerOptions,
  natsAvailability,
  startNatsServer,
} from '../../../test/servers/nats-server.ts';
import { isRequired, testWith } from '../../../test/servers/required.ts';
import { temporaryDirectory } from '../../../test/servers/temporary-directory.ts';
import type { Broker } from '../broker/broker.ts';
import { describeBrokerTrouble } from '../broker/broker-trouble.fixture.ts';
import { createBrokerWorld, type WorldServer, whyNot } from '../broker/broker-world.fixture.ts';
import { askUntilAnswered, bytes, patternBytes, text } from '../contract/observe.ts';
import type { WorkerQueue } from '../queue.ts';
import { createNatsBroker, type NatsOptions } from './nats-broker.ts';

const availability = natsAvailability();
const withNats = testWith({ nats: availability });

const at = (url: string, more: Partial<NatsOptions> = {}): Broker =>
  createNatsBroker({ url, clientName: 'pikoci test', ...more });

async function startNats(options: NatsServerOptions = {}) {
  const server = await startNatsServer(options);
  const world = createBrokerWorld();
  return {
    server,
    startServer: (url = server.url, more: Partial<NatsOptions> = {}): WorldServer => world.startServer(at(url, more)),
    connectWorker: (url = server.url, more: Partial<NatsOptions> = {}): WorkerQueue =>
      world.connectWorker(at(url, more)),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe.skipIf(!availability.available && !isRequired('nats', process.env.PIKOCI_TEST_REQUIRE))('nats', () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  describeBrokerTrouble({
    title: 'the NATS server',
    server: () => server,
    brokerAt: (port) => at(`nats://127.0.0.1:${port}`),
    rubbishBytes: 1_000_000,
  });
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

testWith({ nats: availability, openssl: opensslAvailability() })(
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
