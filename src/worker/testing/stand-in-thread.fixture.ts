/** Stands in for the main thread of worker.fixture.ts. */
import { workerData } from 'node:worker_threads';
import { createHttpWorkerQueue } from '../../queue/http/http-worker-queue.ts';
import { standIn } from '../renew-while-busy.ts';

const { data, ...parts } = workerData;
standIn({
  ...parts,
  longestBusyMs: data.longestBusyMs,
  open: async () => createHttpWorkerQueue({ servers: [{ socket: data.socket }], token: 'token' }),
});
