/** Routes about workers. A worker is named by its name where only one has it, or by its id. */
import { z } from 'zod';
import { json, type RouteTable } from './route.ts';
import * as workers from './workers.ts';

const WORKER = '/workers/{worker}';
const TOKENS = '/worker-tokens';
const POISON = '/poison-messages';

export const workerRoutes = {
  listWorkers: {
    method: 'get',
    path: '/workers',
    tag: 'workers',
    summary: 'Workers: what they are, what they run, and when they were last heard of',
    answer: json(z.array(workers.workerView)),
  },
  getWorker: {
    method: 'get',
    path: WORKER,
    tag: 'workers',
    summary: 'One worker',
    answer: json(workers.workerView),
  },
  drainWorker: {
    method: 'post',
    path: `${WORKER}/drain`,
    tag: 'workers',
    summary: 'Let a worker finish what it runs and take nothing new',
    body: workers.drainRequest,
    answer: json(workers.workerView),
  },
  resumeWorker: {
    method: 'post',
    path: `${WORKER}/resume`,
    tag: 'workers',
    summary: 'Let a worker that was drained take work again',
    answer: json(workers.workerView),
  },
  pruneWorkers: {
    method: 'post',
    path: '/workers/prune',
    tag: 'workers',
    summary: 'Forget workers that are gone or lost for long',
    body: workers.pruneRequest,
    answer: json(workers.pruneResult),
  },
  listWorkerTokens: {
    method: 'get',
    path: TOKENS,
    tag: 'workers',
    summary: 'Tokens that workers have shown, and those that were revoked',
    answer: json(z.array(workers.workerTokenView)),
  },
  revokeWorkerToken: {
    method: 'post',
    path: `${TOKENS}/{token}/revoke`,
    tag: 'workers',
    summary: 'End a worker token: its workers are turned away, and what they run is lost to them',
    answer: json(workers.workerTokenView),
  },
  listPoison: {
    method: 'get',
    path: POISON,
    tag: 'workers',
    summary: 'Messages of workers that could not be read and were set aside',
    answer: json(z.array(workers.poisonView)),
  },
  getPoison: {
    method: 'get',
    path: `${POISON}/{message}`,
    tag: 'workers',
    summary: 'One of them, with its bytes',
    answer: json(workers.poisonDetail),
  },
  retryPoison: {
    method: 'post',
    path: `${POISON}/{message}/retry`,
    tag: 'workers',
    summary: 'Take it as if it came now; when that goes well it is no longer kept',
    answer: { kind: 'none' },
  },
  dropPoison: {
    method: 'delete',
    path: `${POISON}/{message}`,
    tag: 'workers',
    summary: 'Forget it',
    answer: { kind: 'none' },
  },
} as const satisfies RouteTable;
