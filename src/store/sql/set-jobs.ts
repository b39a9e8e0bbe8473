/** The jobs of a pipeline follow its newest revision. They are the same as long as their name is. */
import type { Instant } from '../../lib/clock.ts';
import { type JobId, newId } from '../../lib/ids.ts';
import type { Job, Pipeline } from '../../pipeline/model.ts';
import { endBuild, lockBuild } from './build-moves.ts';
import type { SqlDialect } from './dialect.ts';
import type { Db } from './schema.ts';
import type { SetTarget } from './set-resources.ts';

export async function setJobs(
  trx: Db,
  dialect: SqlDialect,
  target: SetTarget,
  model: Pipeline,
  now: Instant,
): Promise<void> {
  const { pipelineId } = target;
  const there = await trx
    .selectFrom('jobs')
    .select(['id', 'name', 'active'])
    .where('pipeline_id', '=', pipelineId)
    .execute();
  const byName = new Map(there.map((row) => [row.name, row]));

  for (const [ordinal, job] of model.jobs.entries()) {
    const old = byName.get(job.name);
    byName.delete(job.name);
    const id = old?.id ?? newId<JobId>();
    const values = columnsOf(job, ordinal);
    if (old === undefined) {
      await trx
        .insertInto('jobs')
        .values({ id, pipeline_id: pipelineId, name: job.name, last_number: 0, held: 0, ...values })
        .execute();
    } else {
      await trx.updateTable('jobs').set(values).where('id', '=', id).execute();
    }
    await trx.deleteFrom('job_groups').where('job_id', '=', id).execute();
    for (const group of new Set(job.serialGroups)) {
      await trx.insertInto('job_groups').values({ job_id: id, pipeline_id: pipelineId, group_name: group }).execute();
    }
  }
  for (const gone of byName.values()) {
    if (gone.active === 0) continue;
    await trx
      .updateTable('jobs')
      .set({ active: 0, hold_json: null, hold_since: null })
      .where('id', '=', gone.id)
      .execute();
    await skipWaiting(trx, dialect, gone.id, gone.name, now);
  }
}

const columnsOf = (job: Job, ordinal: number) => ({
  group_name: job.group,
  ordinal,
  active: 1 as const,
  concurrency: job.concurrency ?? null,
  error_retries: job.errorRetries ?? null,
});

/** Builds of a job that is no longer in the pipeline, which nobody began, are not begun any more. */
async function skipWaiting(trx: Db, dialect: SqlDialect, id: JobId, name: string, now: Instant): Promise<void> {
  const waiting = await trx
    .selectFrom('builds')
    .select('id')
    .where('job_id', '=', id)
    .where('status', 'in', ['pending', 'waiting_for_approval'])
    .where('attempts', '=', 0)
    .execute();
  for (const { id: buildId } of waiting) {
    await endBuild(trx, dialect, await lockBuild(trx, dialect, buildId), 'skipped', now, {
      code: 'build.job_removed',
      message: `job ${name} was taken out of the pipeline before this build began`,
    });
  }
}
