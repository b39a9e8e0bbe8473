import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { Connection } from 'rabbitmq-client';
import { freePort } from '../../../test/servers/free-port.ts';
import { makeCertificate, opensslAvailability, signClientCertificate } from '../../../test/servers/https-server.ts';
import { type RabbitServer, rabbitAvailability, startRabbitServer } from '../../../test/servers/rabbitmq-server.ts';
import { isRequired, testWith } from '../../../test/servers/required.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../../test/servers/temporary-directory.ts';
import type { Broker } from '../broker/broker.ts';
import { describeBrokerTrouble } from '../broker/broker-trouble.fixture.ts';
import { type BrokerWorld, createBrokerWorld, whyNot } from '../broker/broker-world.fixture.ts';
import { askUntilAnswered, bytes, Collected, patternBytes, reached, text } from '../contract/observe.ts';
import { createRabbitBroker, type RabbitOptions } from './rabbitmq-broker.ts';

const availability = rabbitAvailability();
const isHere = availability.available && opensslAvailability().available;
const test = testWith({ rabbitmq: availability, openssl: opensslAvailability() });

const at = (url: string, more: Partial<RabbitOptions> = {}): Broker =>
  createRabbitBroker({ url, clientName: 'pikoci test', ...more });

/** A question and its answer, which is that all is well. */
async function isWell(world: BrokerWorld, broker: Broker, body = bytes('?')): Promise<void> {
  world.startServer(broker).queue.serve(async (question) => question);
  expect(Buffer.compare(await askUntilAnswered(world.connectWorker(broker), body), body)).toBe(0);
}

// It takes its time to start: all share one.
describe.skipIf(!isHere && !isRequired('rabbitmq', process.env.PIKOCI_TEST_REQUIRE))('rabbitmq', () => {
  let directory: TemporaryDirectory;
  let tls: Awaited<ReturnType<typeof makeCertificate>>;
  let server: RabbitServer;
  beforeAll(async () => {
    directory = temporaryDirectory('rabbit-tls');
    tls = await makeCertificate(directory.path);
    server = await startRabbitServer({
      tls,
      vhosts: ['builds', 'other'],
      users: [
        { name: 'guest', password: 'guest', may: { '/': '.*', other: '.*' } },
        { name: 'ci', password: 'p', may: { builds: '^pikoci\\.' } },
        { name: 'guest2', password: 'p', may: { builds: '^other$' } },
      ],
    });
  }, 120_000);
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });
  const otherProgram = (vhost: string): Connection => {
    const connection = new Connection(`amqp://guest:guest@127.0.0.1:${server.port}/${vhost}`);
    connection.on('error', () => undefined);
    return connection;
  };
  const as = (user: string, vhost: string): Broker => at(`amqp://${user}@127.0.0.1:${server.port}/${vhost}`);

  describeBrokerTrouble({
    title: 'the RabbitMQ server',
    server: () => server,
    brokerAt: (port) => at(`amqp://127.0.0.1:${port}`),
    rubbishBytes: 100_000_000,
    refusesRubbish: true,
  });

  test('a wrong password is said so, on both sides, and not repeated in what is said', async () => {
    await using world = createBrokerWorld();
    const { states } = world.startServer(as('ci:wr0ng', 'builds'));
    await states.untilLength(1);
    const why = await whyNot(world.connectWorker(as('ci:wr0ng', 'builds')));
    expect(why).toMatch(
      /^the RabbitMQ server at 127\.0\.0\.1:\d+ does not let us in: ACCESS_REFUSED - Login was refused/,
    );
    expect(states.items[0]).toBe(why);
    expect(why).not.toContain('wr0ng');
  });

  test('a user needs our names in its virtual host and no others; who may less, or elsewhere, is told so', async () => {
    await using world = createBrokerWorld();
    await isWell(world, as('ci:p', 'builds'));
    const why = (broker: Broker) => whyNot(world.connectWorker(broker));
    expect(await why(as('ci:p', 'other'))).toMatch(/does not let us in: NOT_ALLOWED - access to vhost 'other' refused/);
    expect(await why(as('ci:p', 'none'))).toMatch(/does not let us in: NOT_ALLOWED - vhost none not found/);
    expect(await why(as('guest2:p', 'builds'))).toMatch(/does not let us in: ACCESS_REFUSED - .*pikoci\.mailboxes/);
  });

  test('of several addresses the one is taken that is there', async () => {
    await using world = createBrokerWorld();
    await isWell(world, at(`amqp://127.0.0.1:${await freePort()},amqp://127.0.0.1:${server.port}`));
  });

  test('without memory it takes no messages: that is said once, what is emitted waits, and goes on after it', async () => {
    await using world = createBrokerWorld();
    const { queue, states } = world.startServer(at(server.url));
    const stored = new Collected<string>();
    queue.ingest(async (body) => stored.add(text(body)));
    const worker = world.connectWorker(at(server.url));
    await worker.emit(bytes('0'));
    await server.control('set_vm_memory_high_watermark', '0.0000001');
    const emitted = ['1', '2', '3'].map((n) => worker.emit(bytes(n)));
    const state = await reached(worker, 'connecting');
    expect('error' in state ? state.error : '').toContain('takes no messages: it says that it is low on memory');
    await server.control('set_vm_memory_high_watermark', '0.4');
    await Promise.all(emitted);
    expect([...new Set(stored.items)]).toEqual(['0', '1', '2', '3']);
    const whys = new Set(states.items.filter((it) => it !== 'connected'));
    expect(whys.size).toBeLessThanOrEqual(1);
  });

  test('a mailbox that takes no more is told to the one who sends there', async () => {
    const stranger = otherProgram('');
    const channel = await stranger.acquire();
    const undelivered = new Collected<string>();
    const ours = await at(server.url).connect({
      lost: (reason) => undelivered.add(`lost: ${reason}`),
      undelivered: (mailbox, why) => undelivered.add(`${mailbox}: ${why}`),
    });
    await channel.queueDeclare({
      ...{ queue: 'pikoci.full', exclusive: true },
      arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' },
    });
    await channel.queueBind({ exchange: 'pikoci.mailboxes', queue: 'pikoci.full', routingKey: 'pikoci.full' });
    for (let n = 0; n < 3; n++) ours.send('pikoci.full', bytes('x'));
    ours.send('pikoci.nobody', bytes('x'));
    await undelivered.until((items) => items.some((it) => it.includes('nobody')) && items.length > 1);
    expect(new Set(undelivered.items)).toEqual(
      new Set([
        `pikoci.full: the RabbitMQ server at 127.0.0.1:${server.port}: the mailbox is full there`,
        'pikoci.nobody: undefined',
      ]),
    );
    await ours.close();
    await channel.close();
    await stranger.close();
  });

  test('a queue of ours that somebody removes is made again', async () => {
    await using world = createBrokerWorld();
    const { queue, states } = world.startServer(at(server.url));
    queue.serve(async (body) => body);
    await queue.ready;
    const name = (await server.control('list_queues', 'name', '--no-table-headers'))
      .split('\n')
      .find((line) => line.endsWith('.accept'));
    const stranger = otherProgram('');
    const channel = await stranger.acquire();
    await channel.queueDelete({ queue: name ?? '' });
    await states.untilLength(3);
    expect(states.items[1]).toContain('somebody removed a queue of ours there');
    await channel.close();
    await stranger.close();
    expect(text(await askUntilAnswered(world.connectWorker(at(server.url)), bytes('?')))).toBe('?');
  });

  test('what is something else there by our name is said, and not touched', async () => {
    await using world = createBrokerWorld();
    const inOther = `${server.url}/other`;
    const stranger = otherProgram('other');
    const channel = await stranger.acquire();
    await channel.exchangeDeclare({ exchange: 'pikoci.mailboxes', type: 'fanout', durable: true });
    const why = await whyNot(world.connectWorker(at(inOther)));
    expect(why).toMatch(/is not fit for this queue: PRECONDITION_FAILED .*inequivalent arg 'type'.*another vhost/);
    await channel.exchangeDelete({ exchange: 'pikoci.mailboxes' });
    await channel.close();
    await stranger.close();
  });

  test('over TLS, with an authority that is trusted and a certificate of ours, and never without it where it is asked for', async () => {
    await using world = createBrokerWorld();
    const url = `amqps://localhost:${server.tlsPort}`;
    const ours = await signClientCertificate(directory.path, tls);
    await isWell(world, at(url, { caFile: tls.certificate, certFile: ours.certificate, keyFile: ours.key }));
    const why = (broker: Broker) => whyNot(world.connectWorker(broker));
    expect(await why(at(url))).toMatch(/cannot be reached: its certificate is not trusted/);
    expect(await why(at(url, { caFile: tls.certificate }))).toContain('it wants a certificate of ours (TLS)');
    const plain = await why(at(`amqps://ci:hunter2@localhost:${server.port}`));
    expect(plain).toContain('it does not speak TLS there');
    expect(plain).not.toContain('hunter2');
  });

  test('nothing is left there but the exchange', async () => {
    const queues = await server.control('list_queues', 'name', '--no-table-headers');
    expect(queues.split('\n').filter((line) => line.startsWith('pikoci.'))).toEqual([]);
  });

  // The last: it is not taken back.
  test('messages are cut to what it carries, which it says only when it got more; one that carries next to nothing is unfit', async () => {
    await using world = createBrokerWorld();
    const limitTo = (most: number) => server.control('eval', `application:set_env(rabbit, max_message_size, ${most}).`);
    await limitTo(16 * 1024);
    await isWell(world, at(server.url), patternBytes(1024 * 1024));
    await limitTo(2 * 1024);
    expect(await whyNot(world.connectWorker(at(server.url)))).toMatch(
      /is not fit for this queue: .*larger than configured max size 2048.*max_message_size/,
    );
  });
});
