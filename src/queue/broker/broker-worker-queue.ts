import { newId } from '../../lib/ids.ts';
import type { WorkerEndOptions } from '../link/worker-end.ts';
import { WorkerEnd } from '../link/worker-end.ts';
import type { WorkerQueue } from '../queue.ts';
import { WorkerLink, type WorkerLinkParts } from './worker-link.ts';

export type BrokerWorkerQueueOptions = WorkerEndOptions & Omit<WorkerLinkParts, 'instance'>;

/** Shorter than over a connection of its own: that the server died is not always said by the broker, and a lease is not long. */
const HEARTBEAT_MS = 2_000;

/** A worker's end of the queue over a broker. */
export function createBrokerWorkerQueue(options: BrokerWorkerQueueOptions): WorkerQueue {
  const { broker, credentials, worker, onForeign } = options;
  const instance: string = newId();
  return new WorkerEnd((events) => new WorkerLink({ broker, credentials, worker, instance, onForeign }, events), {
    ...options,
    heartbeatMs: options.heartbeatMs ?? HEARTBEAT_MS,
  });
}
