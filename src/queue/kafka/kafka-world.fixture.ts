/** One installation at a Kafka, for a test: its servers and workers, closed with it. */
import { judgeName, makeIdentity, QUICK, tokenFor } from '../broker/broker-harness.fixture.ts';
import { createBrokerServerQueue } from '../broker/broker-server-queue.ts';
import { createBrokerWorkerQueue } from '../broker/broker-worker-queue.ts';
import { mailboxPrefix } from '../broker/mailboxes.ts';
import { Collected } from '../contract/observe.ts';
import type { QueueState, WorkerQueue } from '../queue.ts';
import { createKafkaBroker, type KafkaOptions } from './kafka-broker.ts';

export function kafkaWorld(brokers: string) {
  const closing: (() => Promise<void>)[] = [];
  const identity = makeIdentity();
  const brokerFor = (clientName: string, more: Partial<KafkaOptions>) =>
    createKafkaBroker({ brokers, clientName, ...more });
  return {
    /** What its topics begin with. */
    prefix: mailboxPrefix(identity.signing.publicKey),
    startServer(more: Partial<KafkaOptions> = {}) {
      const states = new Collected<string>();
      const queue = createBrokerServerQueue({
        ...{ broker: brokerFor('server', more), identity, judge: judgeName, backOffMs: QUICK.backOffMs },
        onState: (state) => states.add('error' in state ? state.error : 'connected'),
      });
      const close = () => queue.close({ graceMs: 0 });
      closing.push(close);
      return { queue, states, close };
    },
    connectWorker(more: Partial<KafkaOptions> = {}): WorkerQueue {
      const credentials = tokenFor(identity, 'one');
      const queue = createBrokerWorkerQueue({
        ...QUICK,
        broker: brokerFor('worker', more),
        credentials,
        worker: 'one',
      });
      closing.push(() => queue.close());
      return queue;
    },
    async [Symbol.asyncDispose]() {
      for (const close of closing) await close();
    },
  };
}

/** Why a worker is not connected, in its own words. */
export async function whyNot(worker: WorkerQueue): Promise<string> {
  const states = new Collected<QueueState>();
  const stop = worker.onState((state) => states.add(state));
  await states.until((items) => items.some((state) => 'error' in state));
  stop();
  const state = states.items.find((one) => 'error' in one);
  return state && 'error' in state ? (state.error ?? '') : '';
}
