import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Broadcast } from '../../protocol/messages.ts';
import type { WorkerDrain } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { Asker } from '../auth/principal.ts';
import type { Handlers } from '../http/call.ts';
import type { Wakeups } from '../wakeups.ts';
import { createWorkerViews } from './worker-views.ts';

export interface WorkerRouteParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly wakeups: Wakeups;
  readonly broadcast: (message: Broadcast) => void;
}

export function workerRoutes({
  store,
  clock,
  logger,
  wakeups,
  broadcast,
}: WorkerRouteParts): Handlers<'listWorkers' | 'getWorker' | 'drainWorker' | 'resumeWorker' | 'pruneWorkers'> {
  const views = createWorkerViews(store);

  async function drain(principal: Asker, name: string, wish: WorkerDrain | undefined) {
    const { id } = await views.find(principal, name);
    const worker = await store.drainWorker(id, wish, clock.now());
    principal.about({ target: `worker ${worker.name} (${id})` });
    logger.info(wish === undefined ? 'a worker may take work again' : 'a worker is drained', {
      worker: worker.name,
      by: principal.name,
    });
    broadcast({
      kind: 'drain',
      worker: id,
      ...(wish !== undefined && { drain: { by: wish.by, leave: wish.leave } }),
    });
    wakeups.work();
    wakeups.feed();
    return views.view(principal, worker);
  }

  return {
    listWorkers: ({ principal }) => views.list(principal),
    getWorker: async ({ principal, params }) => views.view(principal, await views.find(principal, params.worker)),
    drainWorker: ({ principal, params, body: { reason, leave } }) =>
      drain(principal, params.worker, { by: principal.name, at: clock.now(), reason, leave: leave === true }),
    resumeWorker: ({ principal, params }) => drain(principal, params.worker, undefined),
    async pruneWorkers({ principal, body: { olderThanMs } }) {
      principal.about({ target: 'workers that are gone' });
      const now = clock.now();
      const removed = await store.pruneWorkers(now - olderThanMs, now);
      wakeups.feed();
      return { removed: removed.map(({ id, name }) => ({ id, name })) };
    },
  };
}
