/** Messages of workers that nobody could read: kept, so that a person can look at them and put them back. */
import { newId } from '../../lib/ids.ts';
import type { PoisonRecord, WorkerStore } from '../worker-store.ts';
import { note, type SqlContext, write } from './context.ts';
import type { Db, Schema } from './schema.ts';

const MAX_MESSAGES = 1_000;
const MAX_BYTES = 16 * 1024 * 1024;
/** Of what is larger only that it came is kept: some databases take no more in one statement. */
const LARGEST_BODY = 4 * 1024 * 1024;
const COLUMNS = ['id', 'at', 'worker_id', 'worker', 'problem', 'size'] as const;

type PoisonStore = Pick<WorkerStore, 'savePoison' | 'listPoison' | 'getPoison' | 'dropPoison'>;

export function createPoisonStore(context: SqlContext): PoisonStore {
  const { db } = context;
  return {
    savePoison: ({ at, workerId, problem, body }) =>
      write(context, async (trx) => {
        const worker = await trx.selectFrom('workers').select('name').where('id', '=', workerId).executeTakeFirst();
        await trx
          .insertInto('poison_messages')
          .values({
            id: newId(at),
            at,
            worker_id: workerId,
            worker: worker?.name ?? workerId,
            problem,
            size: body.byteLength,
            bytes: body.byteLength > LARGEST_BODY ? new Uint8Array(0) : body,
          })
          .execute();
        await makeRoom(trx);
        await note(trx, at, 'worker', {});
      }),

    listPoison: async () => {
      const rows = await db
        .selectFrom('poison_messages')
        .select([...COLUMNS])
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .execute();
      return rows.map(poisonRecord);
    },

    getPoison: async (id) => {
      const row = await db.selectFrom('poison_messages').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined
        ? undefined
        : { ...poisonRecord(row), body: row.bytes.byteLength === row.size ? new Uint8Array(row.bytes) : undefined };
    },

    dropPoison: (id) =>
      write(context, async (trx) => {
        const dropped = await trx.deleteFrom('poison_messages').where('id', '=', id).executeTakeFirst();
        if (dropped.numDeletedRows === 0n) return false;
        await note(trx, context.clock.now(), 'worker', {});
        return true;
      }),
  };
}

/** The newest stay. */
async function makeRoom(trx: Db): Promise<void> {
  const rows = await trx
    .selectFrom('poison_messages')
    .select(['id', 'size'])
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .execute();
  let bytes = 0;
  const over = rows.filter(({ size }, place) => {
    bytes += size > LARGEST_BODY ? 0 : size;
    return place >= MAX_MESSAGES || bytes > MAX_BYTES;
  });
  if (over.length === 0) return;
  const ids = over.map(({ id }) => id);
  await trx.deleteFrom('poison_messages').where('id', 'in', ids).execute();
}

function poisonRecord(row: Pick<Schema['poison_messages'], (typeof COLUMNS)[number]>): PoisonRecord {
  return {
    id: row.id,
    at: row.at,
    workerId: row.worker_id,
    worker: row.worker,
    problem: row.problem,
    size: row.size,
  };
}
