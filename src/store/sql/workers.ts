import { z } from 'zod';
import type { Instant } from '../../lib/clock.ts';
import type { WorkerId } from '../../lib/ids.ts';
import type { WorkerStore } from '../store.ts';
import { giveBackUnbegun } from './attempt-end.ts';
import { putBackChecks } from './checks.ts';
import { note, orUndefined, type SqlContext, write } from './context.ts';
import { parseColumn } from './json-column.ts';
import type { Db } from './schema.ts';

const MOMENT_MS = 60_000;

export function createWorkerStore(context: SqlContext): WorkerStore {
  const { db } = context;
  return {
    saveWorker: (worker, now) =>
      write(context, async (trx) => {
        const values = {
          name: worker.name,
          version: worker.version,
          team_id: worker.teamId ?? null,
          tags_json: JSON.stringify(worker.tags),
          slots: worker.slots,
          status: 'running' as const,
          last_seen_at: now,
        };
        const updated = await trx.updateTable('workers').set(values).where('id', '=', worker.id).executeTakeFirst();
        if (updated.numUpdatedRows === 0n) {
          await trx
            .insertInto('workers')
            .values({ id: worker.id, ...values, first_seen_at: now })
            .execute();
        }
        await note(trx, now, 'worker', {});
      }),

    touchWorker: (id, now) => write(context, (trx) => touchWorker(trx, id, now)),

    leaveWorker: (id, now) =>
      write(context, async (trx) => {
        await giveBackUnbegun(trx, context.dialect, id, now);
        await putBackChecks(trx, (checks) => checks.where('worker_id', '=', id).where('status', '=', 'running'));
        await trx.updateTable('workers').set({ status: 'gone', last_seen_at: now }).where('id', '=', id).execute();
        await note(trx, now, 'worker', {});
      }),

    listWorkers: async () => {
      const rows = await db.selectFrom('workers').selectAll().orderBy('name').orderBy('id').execute();
      return rows.map((row) => ({
        id: row.id,
        name: row.name,
        version: row.version,
        teamId: orUndefined(row.team_id),
        tags: parseColumn(z.array(z.string()), row.tags_json, 'workers.tags_json'),
        slots: row.slots,
        status: row.status,
        lastSeenAt: row.last_seen_at,
        firstSeenAt: row.first_seen_at,
      }));
    },
  };
}

/** A worker that is heard of again runs, also after it was thought lost. */
export async function touchWorker(db: Db, id: WorkerId, now: Instant): Promise<void> {
  const worker = await db
    .selectFrom('workers')
    .select(['status', 'last_seen_at'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (worker === undefined) return;
  const { last_seen_at: last } = worker;
  // Later than now by more than a moment is of before the clock was set back.
  if (worker.status !== 'lost' && last >= now && last < now + MOMENT_MS) return;
  const status = worker.status === 'lost' ? 'running' : worker.status;
  await db.updateTable('workers').set({ last_seen_at: now, status }).where('id', '=', id).execute();
  if (status !== worker.status) await note(db, now, 'worker', {});
}

/** A lease of theirs ran out. */
export async function loseWorkers(db: Db, ids: ReadonlySet<WorkerId>, now: Instant): Promise<void> {
  if (ids.size === 0) return;
  await db
    .updateTable('workers')
    .set({ status: 'lost' })
    .where('id', 'in', [...ids])
    .where('status', 'in', ['running', 'draining'])
    .execute();
  await note(db, now, 'worker', {});
}
