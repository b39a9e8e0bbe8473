/** Stands in for the main thread of `pikoci worker` while that is busy. What it needs for that is loaded when it is needed. */
import { workerData } from 'node:worker_threads';
import { silentLogger } from '../lib/logger.ts';
import { standIn } from '../worker/renew-while-busy.ts';
import type { StandInData } from '../worker/stand-in.ts';
import type { WorkerSettings } from './worker-queue.ts';

const { data, ...parts }: Omit<StandInData, 'data'> & { readonly data: WorkerSettings } = workerData;

standIn({
  ...parts,
  open: async () => {
    const { openWorkerQueue } = await import('./worker-queue.ts');
    return (await openWorkerQueue(data, parts.worker, silentLogger)).queue;
  },
});
