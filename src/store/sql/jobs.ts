import { z } from 'zod';
import type { Instant } from '../../lib/clock.ts';
import type { JobId, PipelineId } from '../../lib/ids.ts';
import type { JobRecord } from '../records.ts';
import type { JobStore } from '../store.ts';
import { note, notFound, orUndefined, portions, type SqlContext, write } from './context.ts';
import { canonicalText, parseColumn } from './json-column.ts';
import { pausedColumns } from './mark-columns.ts';
import type { Db, Schema } from './schema.ts';

export function createJobStore(context: SqlContext): JobStore {
  return {
    listJobs: (pipelineId) => listJobs(context.db, pipelineId),

    pauseJob: (id, mark, now) =>
      write(context, async (trx) => {
        const updated = await trx.updateTable('jobs').set(pausedColumns(mark)).where('id', '=', id).executeTakeFirst();
        if (updated.numUpdatedRows === 0n) throw notFound('job', id);
        await noteJob(trx, id, now);
      }),
  };
}

export async function listJobs(db: Db, pipelineId: PipelineId): Promise<readonly JobRecord[]> {
  const rows = await db
    .selectFrom('jobs')
    .selectAll()
    .where('pipeline_id', '=', pipelineId)
    .orderBy('active', 'desc')
    .orderBy('ordinal')
    .orderBy('name')
    .execute();
  return rows.map(jobRecord);
}

/** Those of them that are there, in any order. */
export async function namedJobs(
  db: Db,
  pipelineId: PipelineId,
  names: readonly string[],
): Promise<readonly JobRecord[]> {
  const jobs: JobRecord[] = [];
  for (const some of portions([...new Set(names)])) {
    const rows = await db
      .selectFrom('jobs')
      .selectAll()
      .where('pipeline_id', '=', pipelineId)
      .where('name', 'in', some)
      .execute();
    jobs.push(...rows.map(jobRecord));
  }
  return jobs;
}

/** Keeps since when a job is held for one and the same reason. */
export async function setHold(trx: Db, id: JobId, reason: unknown | undefined, now: Instant): Promise<void> {
  const row = await trx.selectFrom('jobs').select('hold_json').where('id', '=', id).executeTakeFirst();
  const text = reason === undefined ? null : canonicalText(reason);
  if (row === undefined || row.hold_json === text) return;
  await trx
    .updateTable('jobs')
    .set({ hold_json: text, hold_since: text === null ? null : now })
    .where('id', '=', id)
    .execute();
  await noteJob(trx, id, now);
}

async function noteJob(trx: Db, jobId: JobId, now: Instant): Promise<void> {
  const job = await trx.selectFrom('jobs').select('pipeline_id').where('id', '=', jobId).executeTakeFirstOrThrow();
  await note(trx, now, 'job', { pipelineId: job.pipeline_id, jobId });
}

function jobRecord(row: Schema['jobs']): JobRecord {
  return {
    id: row.id,
    pipelineId: row.pipeline_id,
    name: row.name,
    group: row.group_name,
    ordinal: row.ordinal,
    pausedBy: orUndefined(row.paused_by),
    pausedAt: orUndefined(row.paused_at),
    pausedReason: orUndefined(row.paused_note),
    hold:
      row.hold_json === null || row.hold_since === null
        ? undefined
        : { reason: parseColumn(z.json(), row.hold_json, 'jobs.hold_json'), since: row.hold_since },
    active: row.active === 1,
    lastNumber: row.last_number,
  };
}
