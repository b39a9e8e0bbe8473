import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { startCutProxy } from '../../../test/servers/cut-proxy.ts';
import { freePort } from '../../../test/servers/free-port.ts';
import {
  type KafkaServer,
  kafkaAvailability,
  kafkaBehind,
  startKafkaServer,
} from '../../../test/servers/kafka/kafka-server.ts';
import { isRequired, testWith } from '../../../test/servers/required.ts';
import { askUntilAnswered, bytes, Collected, failureCode, patternBytes, reached, text } from '../contract/observe.ts';
import type { QueueState } from '../queue.ts';
import { kafkaAdmin } from './kafka-admin.fixture.ts';
import { kafkaWorld, whyNot } from './kafka-world.fixture.ts';

const availability = await kafkaAvailability();
const isHere = availability.available || isRequired('kafka', process.env.PIKOCI_TEST_REQUIRE);
const withKafka = testWith({ kafka: availability });

test('a broker that is not there is said by name, once however often it is tried', async () => {
  const port = await freePort();
  await using world = kafkaWorld(`127.0.0.1:${port}`);
  const worker = world.connectWorker();
  const states = new Collected<QueueState>();
  worker.onState((state) => states.add(state));
  expect(await failureCode(worker.request(bytes('?'), { timeoutMs: 500 }))).toBe('queue.unreachable');
  expect(states.items).toEqual([
    { kind: 'connecting' },
    {
      kind: 'connecting',
      error: `the Kafka server at 127.0.0.1:${port} cannot be reached: connection refused (is it running, and is its address right?)`,
    },
  ]);
});

describe('kafka in trouble', () => {
  let kafka: KafkaServer;
  if (isHere) {
    beforeAll(async () => {
      kafka = await startKafkaServer();
    }, 90_000);
    afterAll(() => kafka[Symbol.asyncDispose]());
  }

  withKafka('it is killed in the middle and started again: nothing is lost', async () => {
    await using world = kafkaWorld(kafka.url);
    const { queue, states } = world.startServer();
    const stored = new Collected<string>();
    queue.ingest(async (body) => stored.add(text(body)));
    queue.serve(async (body) => body);
    const worker = world.connectWorker();
    await worker.emit(bytes('0'));
    const numbers = Array.from({ length: 200 }, (_, n) => `${n + 1}`);
    const half = numbers.slice(0, 100).map((n) => worker.emit(bytes(n)));
    await kafka.kill9();
    await reached(worker, 'connecting');
    const rest = numbers.slice(100).map((n) => worker.emit(bytes(n)));
    await kafka.start();
    await Promise.all([...half, ...rest]);
    expect([...new Set(stored.items)]).toEqual(['0', ...numbers]);
    expect(text(await askUntilAnswered(worker, bytes('?')))).toBe('?');
    expect(states.items.filter((state) => /^the Kafka server at \S+ was lost: /.test(state))).not.toEqual([]);
    expect(states.items.at(-1)).toBe('connected');
  });

  withKafka('it stands still for a while: what was emitted meanwhile arrives, in order', async () => {
    await using world = kafkaWorld(kafka.url);
    const stored: string[] = [];
    world.startServer().queue.ingest(async (body) => void stored.push(text(body)));
    const worker = world.connectWorker();
    await worker.emit(bytes('before'));
    kafka.pause();
    const meanwhile = ['a', 'b'].map((name) => worker.emit(bytes(name)));
    expect(await whyNot(worker)).toContain('nothing heard for');
    kafka.resume();
    await Promise.all(meanwhile);
    await worker.emit(bytes('after'));
    expect([...new Set(stored)]).toEqual(['before', 'a', 'b', 'after']);
  });

  withKafka('the way to it carries nothing for a while: a worker behind it comes back when it does', async () => {
    await using proxy = await startCutProxy(kafka.port, kafkaBehind(kafka));
    await using world = kafkaWorld(kafka.url);
    const stored: string[] = [];
    world.startServer().queue.ingest(async (body) => void stored.push(text(body)));
    const worker = world.connectWorker({ brokers: `127.0.0.1:${proxy.port}` });
    await worker.emit(bytes('before'));
    proxy.stall();
    const meanwhile = worker.emit(bytes('meanwhile'));
    expect(await whyNot(worker)).toContain('nothing heard for');
    proxy.open();
    await meanwhile;
    expect([...new Set(stored)]).toEqual(['before', 'meanwhile']);
  });

  withKafka('its topics are deleted: the server says so and makes them again', async () => {
    await using admin = await kafkaAdmin(kafka.insidePort);
    await using world = kafkaWorld(kafka.url);
    const { queue, states } = world.startServer();
    queue.serve(async (body) => body);
    const worker = world.connectWorker();
    await askUntilAnswered(worker, bytes('?'));
    await admin.remove([`${world.prefix}servers`, `${world.prefix}workers`]);
    await states.until((items) => items.some((state) => state.endsWith('its topics of ours are gone')));
    expect(text(await askUntilAnswered(worker, bytes('again')))).toBe('again');
  });

  withKafka('where no server ever was, a worker says so and makes nothing', async () => {
    await using admin = await kafkaAdmin(kafka.insidePort);
    await using world = kafkaWorld(kafka.url);
    expect(await whyNot(world.connectWorker())).toContain('no server that made the worker token is at this broker');
    expect((await admin.topics()).filter((name) => name.startsWith(world.prefix))).toEqual([]);
  });

  withKafka(
    'topics that were made by hand do, with one partition and room for small messages; with next to none they are unfit',
    async () => {
      await using admin = await kafkaAdmin(kafka.insidePort);
      await using small = kafkaWorld(kafka.url);
      const make = (prefix: string, maxBytes: number) =>
        Promise.all(
          ['servers', 'workers'].map((kind) => admin.create({ name: prefix + kind, partitions: 1, maxBytes })),
        );
      await make(small.prefix, 20_000);
      small.startServer().queue.serve(async (body) => body);
      const body = patternBytes(300_000);
      expect(Buffer.compare(await askUntilAnswered(small.connectWorker(), body), body)).toBe(0);
      await using tiny = kafkaWorld(kafka.url);
      await make(tiny.prefix, 2_000);
      const { states } = tiny.startServer();
      await states.untilLength(1);
      expect(states.items[0]).toContain('is not fit for this queue: max.message.bytes of pikoci.');
      expect(states.items[0]).toContain('2000 bytes, is too small');
    },
  );

  withKafka('what lies there of earlier runs is not read', async () => {
    await using world = kafkaWorld(kafka.url);
    const run = async (message: string): Promise<readonly string[]> => {
      const { queue, close } = world.startServer();
      const worker = world.connectWorker();
      const heard = new Collected<string>();
      worker.listen((body) => heard.add(text(body)));
      await reached(worker, 'connected');
      // The worker hears it from this server at once; to the broker it goes as well, for other servers.
      await queue.broadcast(bytes(message));
      await heard.untilLength(1);
      await worker.close();
      await close();
      return heard.items;
    };
    expect(await run('first')).toEqual(['first']);
    expect(await run('second')).toEqual(['second']);
  });
});
