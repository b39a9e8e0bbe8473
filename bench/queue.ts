import { connect } from '@nats-io/transport-node';
import { judgeName, makeIdentity, tokenFor } from '../src/queue/broker/broker-harness.fixture.ts';
import { createBrokerServerQueue } from '../src/queue/broker/broker-server-queue.ts';
import { createBrokerWorkerQueue } from '../src/queue/broker/broker-worker-queue.ts';
import { createHttpServerQueue, type QueueSocketData } from '../src/queue/http/http-server-queue.ts';
import { createHttpWorkerQueue } from '../src/queue/http/http-worker-queue.ts';
import { createMemoryQueue } from '../src/queue/memory/memory-queue.ts';
import { createNatsBroker } from '../src/queue/nats/nats-broker.ts';
import type { ServerQueue, WorkerQueue } from '../src/queue/queue.ts';
import { natsAvailability, startNatsServer } from '../test/servers/nats-server.ts';
import type { Figure } from './figure.ts';
import type { Suite } from './suite.ts';

/** Of a build's question and its answer. */
const BODY = new Uint8Array(4_096);
const TRIPS_PER_RUN = 400;
const WARM_UP = 100;
const MOST_TIMES = 2;

/** One message there and back, over each kind of queue, beside a bare client of what carries it. Everything is in one process. */
export const queue: Suite = {
  about: `a message of ${BODY.byteLength / 1_024} KiB there and back over the queue`,
  async run({ runs, say }) {
    const trips = runs * TRIPS_PER_RUN;
    const figures = [await overMemory(trips), await overHttp(trips)];
    const nats = natsAvailability();
    if (nats.available) figures.push(await overNats(trips));
    else say(`not over NATS: ${nats.reason}`);
    return figures;
  },
};

async function overMemory(trips: number): Promise<Figure> {
  const hub = createMemoryQueue();
  const samples = await ownTrips(hub.server(), hub.worker({ worker: 'bench' }), trips);
  return { name: 'queue: mem', unit: 'ms', samples };
}

async function overHttp(trips: number): Promise<Figure> {
  const own = createHttpServerQueue({ authenticate: () => ({ worker: 'bench' }) });
  const server = Bun.serve<QueueSocketData>({
    ...{ hostname: '127.0.0.1', port: 0, websocket: own.websocket },
    fetch: (request, listening) => own.upgrade(request, listening),
  });
  const worker = createHttpWorkerQueue({ servers: [{ url: `http://127.0.0.1:${server.port}` }], token: 'bench' });
  const samples = await ownTrips(own, worker, trips);
  await server.stop(true);

  const bare = Bun.serve({
    ...{ hostname: '127.0.0.1', port: 0 },
    websocket: { message: (socket, message) => void socket.send(message) },
    fetch: (request, listening) => (listening.upgrade(request) ? undefined : new Response('', { status: 426 })),
  });
  const socket = new WebSocket(`ws://127.0.0.1:${bare.port}`);
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
  const peer = await timed(trips, async () => {
    const answer = new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }));
    socket.send(BODY);
    await answer;
  });
  socket.close();
  await bare.stop(true);
  return figure('queue: http', samples, 'a bare WebSocket', peer);
}

async function overNats(trips: number): Promise<Figure> {
  await using server = await startNatsServer();
  const broker = createNatsBroker({ url: server.url, clientName: 'bench' });
  const identity = makeIdentity();
  const own = createBrokerServerQueue({ broker, identity, judge: judgeName });
  await own.ready;
  const credentials = tokenFor(identity, 'bench');
  const samples = await ownTrips(own, createBrokerWorkerQueue({ broker, credentials, worker: 'bench' }), trips);

  const [asker, answerer] = [await connect({ servers: server.url }), await connect({ servers: server.url })];
  answerer.subscribe('bench', { callback: (_, message) => void message.respond(message.data) });
  await answerer.flush();
  const peer = await timed(trips, async () => void (await asker.request('bench', BODY, { timeout: 5_000 })));
  await asker.close();
  await answerer.close();
  return figure('queue: NATS', samples, 'a bare NATS request', peer);
}

async function ownTrips(server: ServerQueue, worker: WorkerQueue, trips: number): Promise<number[]> {
  server.serve(async (body) => body);
  const samples = await timed(trips, async () => void (await worker.request(BODY, { timeoutMs: 5_000 })));
  await worker.close();
  await server.close();
  return samples;
}

async function timed(trips: number, trip: () => Promise<void>): Promise<number[]> {
  for (let n = 0; n < WARM_UP; n++) await trip();
  const samples: number[] = [];
  for (let n = 0; n < trips; n++) {
    const begun = performance.now();
    await trip();
    samples.push(performance.now() - begun);
  }
  return samples;
}

function figure(name: string, samples: readonly number[], peer: string, peers: readonly number[]): Figure {
  return { name, unit: 'ms', samples, peer: { name: peer, samples: peers }, goal: { kind: 'ratio', most: MOST_TIMES } };
}
