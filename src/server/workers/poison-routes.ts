import { CodedError } from '../../lib/coded-error.ts';
import type { Logger } from '../../lib/logger.ts';
import type { PoisonView } from '../../protocol/workers.ts';
import type { PoisonRecord, WorkerStore } from '../../store/worker-store.ts';
import type { Handlers } from '../http/call.ts';
import { notFound } from '../http/problems.ts';
import type { Wakeups } from '../wakeups.ts';
import type { Ingest } from './ingest.ts';

/** Messages of workers that were set aside. */
export function poisonRoutes(parts: {
  readonly store: WorkerStore;
  readonly take: Ingest['take'];
  readonly logger: Logger;
  readonly wakeups: Pick<Wakeups, 'feed'>;
}): Handlers<'listPoison' | 'getPoison' | 'retryPoison' | 'dropPoison'> {
  const { store, take, logger, wakeups } = parts;

  const missing = (id: string): CodedError =>
    notFound(`message "${id}" set aside`, 'queue poison list shows those there are');

  async function find(id: string) {
    const found = await store.getPoison(id);
    if (found === undefined) throw missing(id);
    return found;
  }

  return {
    async listPoison() {
      return (await store.listPoison()).map(viewOf);
    },
    async getPoison({ params: { message } }) {
      const { body, ...record } = await find(message);
      return { ...viewOf(record), ...(body !== undefined && { body: Buffer.from(body).toString('base64') }) };
    },
    async retryPoison({ principal, params: { message } }) {
      const { body, workerId } = await find(message);
      if (body === undefined) {
        throw new CodedError(
          'poison.not_kept',
          'this message was too large to be kept whole, so it cannot be taken again',
          {
            hint: 'drop it',
          },
        );
      }
      principal.about({ target: `message ${message} of worker ${workerId}` });
      await take(body, { worker: workerId });
      await store.dropPoison(message);
      logger.info('a message that was set aside was taken', { message, by: principal.name });
      wakeups.feed();
      return undefined;
    },
    async dropPoison({ principal, params: { message } }) {
      principal.about({ target: `message ${message}` });
      if (!(await store.dropPoison(message))) throw missing(message);
      wakeups.feed();
      return undefined;
    },
  };
}

const viewOf = ({ id, at, worker, workerId, problem, size }: PoisonRecord): PoisonView => ({
  ...{ id, at, problem, size },
  worker: { id: workerId, name: worker },
});
