import { connect } from '@nats-io/transport-node';
import { Redis } from 'ioredis';
import { Connection as RabbitConnection } from 'rabbitmq-client';
import { createHttpServerQueue, type QueueSocketData } from '../src/queue/http/http-server-queue.ts';
import { createHttpWorkerQueue } from '../src/queue/http/http-worker-queue.ts';
import { createMemoryQueue } from '../src/queue/memory/memory-queue.ts';
import { createNatsBroker } from '../src/queue/nats/nats-broker.ts';
import { createRabbitBroker } from '../src/queue/rabbitmq/rabbitmq-broker.ts';
import { createRedisBroker } from '../src/queue/redis/redis-broker.ts';
import { kafkaAvailability } from '../test/servers/kafka/kafka-server.ts';
import { natsAvailability, startNatsServer } from '../test/servers/nats-server.ts';
import { rabbitAvailability, startRabbitServer } from '../test/servers/rabbitmq-server.ts';
import { redisAvailability, startRedisServer } from '../test/servers/redis-server.ts';
import type { Availability } from '../test/servers/required.ts';
import type { Figure } from './figure.ts';
import { overKafka } from './queue-kafka.ts';
import { BODY, figure, inTurn, tripOver, tripOverBroker } from './queue-trips.ts';
import type { Suite } from './suite.ts';

const TRIPS_PER_RUN = 400;

/** One message there and back, over each kind of queue, beside a bare client of what carries it. Everything is in one process. */
export const queue: Suite = {
  about: `a message of ${BODY.byteLength / 1_024} KiB there and back over the queue`,
  async run({ runs, say }) {
    const trips = runs * TRIPS_PER_RUN;
    const figures = [await overMemory(trips), await overHttp(trips)];
    for (const [name, look, over] of BROKERS) {
      const availability = await look();
      if (availability.available) figures.push(await over(trips));
      else say(`not over ${name}: ${availability.reason}`);
    }
    return figures;
  },
};

const BROKERS: readonly [
  name: string,
  look: () => Availability | Promise<Availability>,
  over: (trips: number) => Promise<Figure>,
][] = [
  ['NATS', natsAvailability, overNats],
  ['RabbitMQ', rabbitAvailability, overRabbit],
  ['Kafka', kafkaAvailability, overKafka],
  ['Redis', redisAvailability, overRedis],
];

async function overMemory(trips: number): Promise<Figure> {
  const hub = createMemoryQueue();
  const [server, worker] = [hub.server(), hub.worker({ worker: 'bench' })];
  const { ours } = await inTurn(trips, tripOver(server, worker));
  await worker.close();
  await server.close();
  return { name: 'queue: mem', unit: 'ms', samples: ours };
}

async function overHttp(trips: number): Promise<Figure> {
  const own = createHttpServerQueue({ authenticate: () => ({ worker: 'bench' }) });
  const server = Bun.serve<QueueSocketData>({
    ...{ hostname: '127.0.0.1', port: 0, websocket: own.websocket },
    fetch: (request, listening) => own.upgrade(request, listening),
  });
  const worker = createHttpWorkerQueue({ servers: [{ url: `http://127.0.0.1:${server.port}` }], token: 'bench' });
  const ours = tripOver(own, worker);

  const bare = Bun.serve({
    ...{ hostname: '127.0.0.1', port: 0 },
    websocket: { message: (socket, message) => void socket.send(message) },
    fetch: (request, listening) => (listening.upgrade(request) ? undefined : new Response('', { status: 426 })),
  });
  const socket = new WebSocket(`ws://127.0.0.1:${bare.port}`);
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
  const samples = await inTurn(trips, ours, async () => {
    const answer = new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }));
    socket.send(BODY);
    await answer;
  });
  socket.close();
  await bare.stop(true);
  await worker.close();
  await own.close();
  await server.stop(true);
  return figure('queue: http', samples, 'a bare WebSocket');
}

async function overNats(trips: number): Promise<Figure> {
  await using server = await startNatsServer();
  await using ours = await tripOverBroker(createNatsBroker({ url: server.url, clientName: 'bench' }));

  const [asker, answerer] = [await connect({ servers: server.url }), await connect({ servers: server.url })];
  answerer.subscribe('bench', { callback: (_, message) => void message.respond(message.data) });
  await answerer.flush();
  const samples = await inTurn(
    trips,
    ours.trip,
    async () => void (await asker.request('bench', BODY, { timeout: 5_000 })),
  );
  await asker.close();
  await answerer.close();
  return figure('queue: NATS', samples, 'a bare NATS request');
}

async function overRabbit(trips: number): Promise<Figure> {
  await using server = await startRabbitServer();
  await using ours = await tripOverBroker(createRabbitBroker({ url: server.url, clientName: 'bench' }));

  const ends = ['question', 'answer'].map(async (queue) => {
    const connection = new RabbitConnection({ hostname: '127.0.0.1', port: server.port, noDelay: true });
    const channel = await connection.acquire();
    await channel.queueDeclare({ queue, exclusive: true });
    const hear = (take: (body: Buffer) => void): Promise<unknown> =>
      channel.basicConsume({ queue, noAck: true }, ({ body }) => take(body as Buffer));
    const send = (to: string, body: Buffer): void => void channel.basicPublish({ routingKey: to }, body);
    const close = async (): Promise<void> => {
      await channel.close();
      await connection.close();
    };
    return { hear, send, close };
  });
  const [answerer, asker] = await Promise.all(ends);
  let answered: () => void = () => undefined;
  await answerer?.hear((body) => answerer.send('answer', body));
  await asker?.hear(() => answered());
  const samples = await inTurn(trips, ours.trip, async () => {
    const answer = new Promise<void>((resolve) => {
      answered = resolve;
    });
    asker?.send('question', Buffer.from(BODY));
    await answer;
  });
  await asker?.close();
  await answerer?.close();
  return figure('queue: RabbitMQ', samples, 'bare RabbitMQ queues');
}

async function overRedis(trips: number): Promise<Figure> {
  await using server = await startRedisServer();
  await using ours = await tripOverBroker(createRedisBroker({ url: server.url, clientName: 'bench' }));

  const [asker, answerer] = [new Redis(server.url), new Redis(server.url)];
  let answered: () => void = () => undefined;
  answerer.on('messageBuffer', (_: Buffer, body: Buffer) => void answerer.publish('answer', body));
  asker.on('messageBuffer', () => answered());
  await answerer.subscribe('question');
  await asker.subscribe('answer');
  const samples = await inTurn(trips, ours.trip, async () => {
    const answer = new Promise<void>((resolve) => {
      answered = resolve;
    });
    await asker.publish('question', Buffer.from(BODY));
    await answer;
  });
  asker.disconnect();
  answerer.disconnect();
  return figure('queue: Redis', samples, 'bare Redis channels');
}
