import { z } from 'zod';
import type { Instant } from '../../lib/clock.ts';
import type { WorkerId } from '../../lib/ids.ts';
import { workKind } from '../../protocol/messages.ts';
import type { WorkerStatus } from '../../protocol/status.ts';
import type { WorkerRecord } from '../records.ts';
import type { SavedWorker, WorkerStore } from '../worker-store.ts';
import { giveBackUnbegun, LIVE } from './attempt-end.ts';
import { putBackChecks } from './checks.ts';
import { note, notFound, orUndefined, type SqlContext, write } from './context.ts';
import { parseColumn } from './json-column.ts';
import { markOf } from './mark-columns.ts';
import type { Db, Schema } from './schema.ts';

const MOMENT_MS = 60_000;

type Registry = Omit<
  WorkerStore,
  | 'seeWorkerToken'
  | 'listWorkerTokens'
  | 'revokedWorkerTokens'
  | 'revokeWorkerToken'
  | 'savePoison'
  | 'listPoison'
  | 'getPoison'
  | 'dropPoison'
>;

export function createWorkerStore(context: SqlContext): Registry {
  const { db } = context;
  return {
    saveWorker: (worker, now) => write(context, (trx) => saveWorker(trx, worker, now)),
    touchWorker: (id, now) => write(context, (trx) => touchWorker(trx, id, now)),

    disconnectWorker: (id, session, now) =>
      write(context, async (trx) => {
        const cut = await trx
          .updateTable('workers')
          .set({ session: null })
          .where('id', '=', id)
          .where('session', '=', session)
          .executeTakeFirst();
        if (cut.numUpdatedRows === 1n) await note(trx, now, 'worker', {});
      }),

    leaveWorker: (id, now) =>
      write(context, async (trx) => {
        await giveBackUnbegun(trx, context.dialect, id, now);
        await putBackChecks(trx, (checks) => checks.where('worker_id', '=', id).where('status', '=', 'running'));
        await trx
          .updateTable('workers')
          .set({ status: 'gone', since: now, last_seen_at: now, session: null, drain_leaves: 0 })
          .where('id', '=', id)
          .execute();
        await note(trx, now, 'worker', {});
      }),

    listWorkers: async () => {
      const rows = await db.selectFrom('workers').selectAll().orderBy('name').orderBy('id').execute();
      return rows.map(workerRecord);
    },
    getWorker: async (id) => {
      const row = await workerRow(db, id);
      return row === undefined ? undefined : workerRecord(row);
    },

    listHeldWork: async () => {
      const rows = await db
        .selectFrom('attempts')
        .innerJoin('builds', 'builds.id', 'attempts.build_id')
        .innerJoin('jobs', 'jobs.id', 'builds.job_id')
        .innerJoin('pipelines', 'pipelines.id', 'builds.pipeline_id')
        .innerJoin('teams', 'teams.id', 'builds.team_id')
        .select([
          'attempts.id as attemptId',
          'attempts.worker_id as workerId',
          'attempts.granted_at as grantedAt',
          'builds.id as buildId',
          'builds.number as number',
          'jobs.name as job',
          'pipelines.name as pipeline',
          'teams.name as team',
        ])
        .where('attempts.status', 'in', LIVE)
        .orderBy('attempts.granted_at')
        .orderBy('attempts.id')
        .execute();
      return rows;
    },

    drainWorker: (id, drain, now) =>
      write(context, async (trx) => {
        await context.dialect.lockRow(trx, 'workers', id);
        const row = await workerRow(trx, id);
        if (row === undefined) throw notFound('worker', id);
        const wanted = drain === undefined ? 'running' : 'draining';
        const moves = row.status === 'running' || row.status === 'draining';
        const changes = {
          drained_by: drain?.by ?? null,
          drained_at: drain?.at ?? null,
          drained_note: drain?.reason ?? null,
          // One that is away has nothing to leave.
          drain_leaves: drain?.leave === true && moves ? (1 as const) : (0 as const),
          ...(moves ? ({ status: wanted, since: row.status === wanted ? row.since : now } as const) : {}),
        };
        await trx.updateTable('workers').set(changes).where('id', '=', id).execute();
        await note(trx, now, 'worker', {});
        return workerRecord({ ...row, ...changes });
      }),

    loseSilentWorkers: (before, now) =>
      write(context, async (trx) => {
        const lost = await trx
          .updateTable('workers')
          .set({ status: 'lost', since: now, session: null })
          .where('status', 'in', ['running', 'draining'])
          .where('last_seen_at', '<', before)
          .executeTakeFirst();
        if (lost.numUpdatedRows > 0n) await note(trx, now, 'worker', {});
        return Number(lost.numUpdatedRows);
      }),

    pruneWorkers: (before, now) =>
      write(context, async (trx) => {
        const rows = await trx
          .selectFrom('workers')
          .selectAll()
          .where('status', 'in', ['gone', 'lost'])
          .where('last_seen_at', '<=', before)
          .where(({ exists, not, selectFrom }) =>
            not(
              exists(
                selectFrom('attempts')
                  .select('attempts.id')
                  .whereRef('attempts.worker_id', '=', 'workers.id')
                  .where('attempts.status', 'in', LIVE),
              ),
            ),
          )
          .orderBy('name')
          .execute();
        if (rows.length === 0) return [];
        const ids = rows.map(({ id }) => id);
        await trx.deleteFrom('workers').where('id', 'in', ids).execute();
        await note(trx, now, 'worker', {});
        return rows.map(workerRecord);
      }),
  };
}

async function saveWorker(trx: Db, worker: SavedWorker, now: Instant): Promise<WorkerRecord> {
  const before = await workerRow(trx, worker.id);
  const drains = worker.draining === true || (before?.drained_by ?? null) !== null;
  const status: WorkerStatus = drains ? 'draining' : 'running';
  const values = {
    name: worker.name,
    version: worker.version,
    team_id: worker.teamId ?? null,
    tags_json: JSON.stringify(worker.tags),
    slots: worker.slots,
    kinds_json: worker.kinds === undefined ? null : JSON.stringify(worker.kinds),
    exclusive: worker.exclusive === true ? (1 as const) : (0 as const),
    process_key: worker.processKey ?? null,
    session: worker.session ?? null,
    token_id: worker.tokenId ?? null,
    via: worker.via ?? null,
    address: worker.address ?? null,
    status,
    since: before?.status === status ? before.since : now,
    last_seen_at: now,
  };
  if (before === undefined) {
    await trx
      .insertInto('workers')
      .values({ id: worker.id, ...values, first_seen_at: now })
      .execute();
  } else await trx.updateTable('workers').set(values).where('id', '=', worker.id).execute();
  await note(trx, now, 'worker', {});
  const row = await workerRow(trx, worker.id);
  if (row === undefined) throw notFound('worker', worker.id);
  return workerRecord(row);
}

const workerRow = (db: Db, id: WorkerId): Promise<Schema['workers'] | undefined> =>
  db.selectFrom('workers').selectAll().where('id', '=', id).executeTakeFirst();

const BOTH = ['build', 'check'] as const;

function workerRecord(row: Schema['workers']): WorkerRecord {
  const drained = markOf(row.drained_by, row.drained_at, row.drained_note);
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    teamId: orUndefined(row.team_id),
    tags: parseColumn(z.array(z.string()), row.tags_json, 'workers.tags_json'),
    slots: row.slots,
    kinds: row.kinds_json === null ? BOTH : parseColumn(z.array(workKind), row.kinds_json, 'workers.kinds_json'),
    exclusive: row.exclusive === 1,
    processKey: orUndefined(row.process_key),
    session: orUndefined(row.session),
    tokenId: orUndefined(row.token_id),
    via: orUndefined(row.via),
    address: orUndefined(row.address),
    status: row.status,
    since: row.since ?? row.last_seen_at,
    drain: drained && { ...drained, leave: row.drain_leaves === 1 },
    lastSeenAt: row.last_seen_at,
    firstSeenAt: row.first_seen_at,
  };
}

/** A worker that is heard of again runs, also after it was thought lost: then it says `true`. */
export async function touchWorker(db: Db, id: WorkerId, now: Instant): Promise<boolean> {
  const worker = await db
    .selectFrom('workers')
    .select(['status', 'last_seen_at', 'drained_by'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (worker === undefined) return false;
  const { last_seen_at: last } = worker;
  const back = worker.status === 'lost';
  // Later than now by more than a moment is of before the clock was set back.
  if (!back && last >= now && last < now + MOMENT_MS) return false;
  const status = worker.drained_by === null ? 'running' : 'draining';
  await db
    .updateTable('workers')
    .set({ last_seen_at: now, ...(back ? { status, since: now } : {}) })
    .where('id', '=', id)
    .execute();
  if (back) await note(db, now, 'worker', {});
  return back;
}

/** A lease of theirs ran out. */
export async function loseWorkers(db: Db, ids: ReadonlySet<WorkerId>, now: Instant): Promise<void> {
  if (ids.size === 0) return;
  await db
    .updateTable('workers')
    .set({ status: 'lost', since: now })
    .where('id', 'in', [...ids])
    .where('status', 'in', ['running', 'draining'])
    .execute();
  await note(db, now, 'worker', {});
}
