/** Checks: asked for, granted to a worker (grants.ts), ended here. */
import type { UpdateQueryBuilder, UpdateResult } from 'kysely';
import type { Instant } from '../../lib/clock.ts';
import { type CheckId, newId, type ResourceId, type WorkerId } from '../../lib/ids.ts';
import { problemDetail } from '../../protocol/events.ts';
import type { CheckResult } from '../../protocol/messages.ts';
import type { CheckRecord } from '../records.ts';
import type { ResourceStore } from '../store.ts';
import { note, notFound, orUndefined, type SqlContext, write } from './context.ts';
import { parseOptional } from './json-column.ts';
import type { Db, Schema } from './schema.ts';
import { addVersions } from './versions.ts';

/** Ended checks kept for each resource. */
const KEPT = 20;

export function createCheckStore(
  context: SqlContext,
): Pick<ResourceStore, 'requestCheck' | 'requestDueCheck' | 'recordCheck' | 'getCheck' | 'finishCheck'> {
  return {
    requestCheck: ({ resourceId, by, now, nextCheckAt }) =>
      write(context, async (trx) => {
        const updated = await trx
          .updateTable('resources')
          .set({ next_check_at: nextCheckAt })
          .where('id', '=', resourceId)
          .executeTakeFirst();
        if (updated.numUpdatedRows === 0n) throw notFound('resource', resourceId);
        return await openCheck(trx, { resourceId, by, now });
      }),

    requestDueCheck: ({ resourceId, due, now, nextCheckAt }) =>
      write(context, async (trx) => {
        const updated = await trx
          .updateTable('resources')
          .set({ next_check_at: nextCheckAt })
          .where('id', '=', resourceId)
          .where('next_check_at', '=', due)
          .executeTakeFirst();
        if (updated.numUpdatedRows === 0n) return false;
        await openCheck(trx, { resourceId, by: undefined, now });
        return true;
      }),

    recordCheck: (command) => write(context, (trx) => recordCheck(trx, context, command)),
    getCheck: (id) => getCheck(context.db, id),
    finishCheck: (result, by) => write(context, (trx) => finishCheck(trx, context, result, by)),
  };
}

/** The one that is under way, or a new one. */
async function openCheck(
  trx: Db,
  { resourceId, by, now }: { readonly resourceId: ResourceId; readonly by: string | undefined; readonly now: Instant },
): Promise<CheckRecord> {
  const resource = await trx
    .selectFrom('resources')
    .select(['open_check_id', 'pipeline_id', 'team_id'])
    .where('id', '=', resourceId)
    .executeTakeFirstOrThrow();
  const open = resource.open_check_id === null ? undefined : await getCheck(trx, resource.open_check_id);
  if (open !== undefined) return open;
  const id = await insertCheck(trx, { resourceId, resource, by, now }, { status: 'pending' });
  await trx.updateTable('resources').set({ open_check_id: id }).where('id', '=', resourceId).execute();
  await note(trx, now, 'resource', { pipelineId: resource.pipeline_id, resourceId });
  return existingCheck(trx, id);
}

async function insertCheck(
  trx: Db,
  of: {
    readonly resourceId: ResourceId;
    readonly resource: Pick<Schema['resources'], 'pipeline_id' | 'team_id'>;
    readonly by: string | undefined;
    readonly now: Instant;
  },
  how: Pick<Schema['checks'], 'status'> & Partial<Schema['checks']>,
): Promise<CheckId> {
  const id = newId<CheckId>(of.now);
  await trx
    .insertInto('checks')
    .values({
      id,
      resource_id: of.resourceId,
      pipeline_id: of.resource.pipeline_id,
      team_id: of.resource.team_id,
      fencing: 0,
      requested_by: of.by ?? null,
      requested_at: of.now,
      ...how,
    })
    .execute();
  return id;
}

async function recordCheck(
  trx: Db,
  context: SqlContext,
  { resourceId, by, now, nextCheckAt, versions, problem }: Parameters<ResourceStore['recordCheck']>[0],
): Promise<CheckRecord> {
  const resource = await trx
    .selectFrom('resources')
    .select(['pipeline_id', 'team_id'])
    .where('id', '=', resourceId)
    .executeTakeFirst();
  if (resource === undefined) throw notFound('resource', resourceId);
  const status = versions === undefined ? 'errored' : 'succeeded';
  const problemJson = problem === undefined ? null : JSON.stringify(problem);
  const newVersions =
    versions === undefined ? 0 : await addVersions(trx, context.dialect, resourceId, { versions }, now);
  const ended = {
    status,
    started_at: now,
    ended_at: now,
    new_versions: newVersions,
    problem_json: problemJson,
  } as const;
  const id = await insertCheck(trx, { resourceId, resource, by, now }, ended);
  await trx
    .updateTable('resources')
    .set({
      next_check_at: nextCheckAt,
      last_check_at: now,
      last_check_status: status,
      last_check_problem_json: problemJson,
      last_check_log: '',
    })
    .where('id', '=', resourceId)
    .execute();
  const check = await existingCheck(trx, id);
  await forgetOldChecks(trx, check);
  await note(trx, now, 'resource', { pipelineId: resource.pipeline_id, resourceId });
  return check;
}

async function finishCheck(trx: Db, context: SqlContext, result: CheckResult, by: WorkerId | undefined) {
  // The id comes from a worker's message: one that is not there is simply not accepted.
  const id = result.check as CheckId;
  const ended = await trx
    .updateTable('checks')
    .set({
      status: result.versions === undefined ? 'errored' : 'succeeded',
      ended_at: result.at,
      problem_json: result.problem === undefined ? null : JSON.stringify(result.problem),
      lease_until: null,
    })
    .where('id', '=', id)
    .where('status', '=', 'running')
    .where('fencing', '=', result.fencing)
    .$if(by !== undefined, (checks) => checks.where('worker_id', '=', by ?? null))
    .executeTakeFirst();
  if (ended.numUpdatedRows === 0n) return { accepted: false, newVersions: 0 };

  const check = await existingCheck(trx, id);
  const { resourceId } = check;
  const { versions, ordered = false } = result;
  const newVersions =
    versions === undefined ? 0 : await addVersions(trx, context.dialect, resourceId, { versions, ordered }, result.at);
  await trx.updateTable('checks').set({ new_versions: newVersions }).where('id', '=', id).execute();
  await trx
    .updateTable('resources')
    .set({
      open_check_id: null,
      last_check_at: result.at,
      last_check_status: check.status,
      last_check_problem_json: result.problem === undefined ? null : JSON.stringify(result.problem),
      last_check_log: result.log,
    })
    .where('id', '=', resourceId)
    .execute();
  await forgetOldChecks(trx, check);
  const { pipeline_id: pipelineId, address } = await trx
    .selectFrom('resources')
    .select(['pipeline_id', 'address'])
    .where('id', '=', resourceId)
    .executeTakeFirstOrThrow();
  await note(trx, result.at, 'resource', { pipelineId, resourceId });
  return { accepted: true, newVersions, pipelineId, address };
}

async function forgetOldChecks(trx: Db, { resourceId }: CheckRecord): Promise<void> {
  const oldest = await trx
    .selectFrom('checks')
    .select('requested_at')
    .where('resource_id', '=', resourceId)
    .orderBy('requested_at', 'desc')
    .offset(KEPT)
    .limit(1)
    .executeTakeFirst();
  if (oldest === undefined) return;
  await trx
    .deleteFrom('checks')
    .where('resource_id', '=', resourceId)
    .where('requested_at', '<=', oldest.requested_at)
    .where('status', 'in', ['succeeded', 'errored'])
    .execute();
}

/** Running checks go back into the queue. The next grant has a higher fencing number, so the old worker's answer is refused. */
export async function putBackChecks(
  trx: Db,
  which: (
    checks: UpdateQueryBuilder<Schema, 'checks', 'checks', UpdateResult>,
  ) => UpdateQueryBuilder<Schema, 'checks', 'checks', UpdateResult>,
): Promise<void> {
  await which(
    trx.updateTable('checks').set({ status: 'pending', worker_id: null, question: null, lease_until: null }),
  ).execute();
}

export async function getCheck(db: Db, id: CheckId): Promise<CheckRecord | undefined> {
  const row = await db.selectFrom('checks').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : checkRecord(row);
}

export async function existingCheck(db: Db, id: CheckId): Promise<CheckRecord> {
  const check = await getCheck(db, id);
  if (check === undefined) throw notFound('check', id);
  return check;
}

function checkRecord(row: Schema['checks']): CheckRecord {
  return {
    id: row.id,
    resourceId: row.resource_id,
    status: row.status,
    fencing: row.fencing,
    requestedBy: orUndefined(row.requested_by),
    requestedAt: row.requested_at,
    startedAt: orUndefined(row.started_at),
    endedAt: orUndefined(row.ended_at),
    problem: parseOptional(problemDetail, row.problem_json, 'checks.problem_json'),
    newVersions: orUndefined(row.new_versions),
  };
}
