/** How the trips of a message are made and counted, whatever carries it. */
import type { Broker } from '../src/queue/broker/broker.ts';
import { judgeName, makeIdentity, tokenFor } from '../src/queue/broker/broker-harness.fixture.ts';
import { createBrokerServerQueue } from '../src/queue/broker/broker-server-queue.ts';
import { createBrokerWorkerQueue } from '../src/queue/broker/broker-worker-queue.ts';
import type { ServerQueue, WorkerQueue } from '../src/queue/queue.ts';
import type { Figure } from './figure.ts';

/** Of a build's question and its answer. */
export const BODY = new Uint8Array(4_096);
const WARM_UP = 100;
const TRIPS_IN_TURN = 10;
const MOST_TIMES = 2;

export async function tripOverBroker(broker: Broker): Promise<{ readonly trip: Trip } & AsyncDisposable> {
  const identity = makeIdentity();
  const server = createBrokerServerQueue({ broker, identity, judge: judgeName });
  await server.ready;
  const worker = createBrokerWorkerQueue({ broker, credentials: tokenFor(identity, 'bench'), worker: 'bench' });
  return {
    trip: tripOver(server, worker),
    async [Symbol.asyncDispose]() {
      await worker.close();
      await server.close();
    },
  };
}

export type Trip = () => Promise<void>;

interface Samples {
  readonly ours: readonly number[];
  readonly others: readonly number[];
}

/** One trip over a queue of ours. */
export function tripOver(server: ServerQueue, worker: WorkerQueue): Trip {
  server.serve(async (body) => body);
  return async () => void (await worker.request(BODY, { timeoutMs: 30_000 }));
}

/** Ours and the other in turn, a few of each: what else the machine does then meets both. */
export async function inTurn(trips: number, ours: Trip, others?: Trip): Promise<Samples> {
  const samples = { ours: [] as number[], others: [] as number[] };
  for (let n = 0; n < WARM_UP; n++) {
    await ours();
    await others?.();
  }
  while (samples.ours.length < trips) {
    samples.ours.push(...(await timed(ours)));
    if (others) samples.others.push(...(await timed(others)));
  }
  return samples;
}

async function timed(trip: Trip): Promise<number[]> {
  const samples: number[] = [];
  for (let n = 0; n < TRIPS_IN_TURN; n++) {
    const begun = performance.now();
    await trip();
    samples.push(performance.now() - begun);
  }
  return samples;
}

export function figure(name: string, { ours, others }: Samples, peer: string): Figure {
  return {
    ...{ name, unit: 'ms', samples: ours, peer: { name: peer, samples: others } },
    goal: { kind: 'ratio', most: MOST_TIMES },
  };
}
