/** Servers and workers of one installation over a real broker, for tests of what happens when that one is in trouble. */
import { Collected } from '../contract/observe.ts';
import type { QueueState, WorkerQueue } from '../queue.ts';
import type { Broker } from './broker.ts';
import { judgeName, makeIdentity, QUICK, tokenFor } from './broker-harness.fixture.ts';
import { type BrokerServerQueue, createBrokerServerQueue } from './broker-server-queue.ts';
import { createBrokerWorkerQueue } from './broker-worker-queue.ts';

export interface WorldServer {
  readonly queue: BrokerServerQueue;
  /** `connected`, or why not, each time it is told. */
  readonly states: Collected<string>;
  /** What it did not believe. */
  readonly foreign: Collected<string>;
}

export interface BrokerWorld extends AsyncDisposable {
  startServer(broker: Broker): WorldServer;
  connectWorker(broker: Broker, name?: string): WorkerQueue;
}

export function createBrokerWorld(): BrokerWorld {
  const identity = makeIdentity();
  const closing: (() => Promise<void>)[] = [];
  return {
    startServer(broker) {
      const [states, foreign] = [new Collected<string>(), new Collected<string>()];
      const queue = createBrokerServerQueue({
        ...{ broker, identity, judge: judgeName, backOffMs: QUICK.backOffMs },
        onState: (state) => states.add('error' in state ? state.error : 'connected'),
        onForeign: (why) => foreign.add(why),
      });
      closing.push(() => queue.close({ graceMs: 0 }));
      return { queue, states, foreign };
    },
    connectWorker(broker, name = 'one') {
      const credentials = tokenFor(identity, name);
      const queue = createBrokerWorkerQueue({ ...QUICK, broker, credentials, worker: name });
      closing.push(() => queue.close());
      return queue;
    },
    async [Symbol.asyncDispose]() {
      for (const close of closing) await close();
    },
  };
}

/** Why a worker is not connected, as it tells first. */
export async function whyNot(worker: WorkerQueue): Promise<string> {
  const states = new Collected<QueueState>();
  worker.onState((state) => states.add(state));
  await states.until((items) => items.some((state) => 'error' in state));
  const state = states.items.find((item) => 'error' in item);
  return state && 'error' in state ? (state.error ?? '') : '';
}
