/**
 * What the scheduler decides on, in one consistent look. How much is read is bounded, whatever the history; what exactly, and why nothing is
 * missed, is said in facts-versions.ts and facts-builds.ts.
 */
import type { PipelineId } from '../../lib/ids.ts';
import type { SchedulingFacts } from '../scheduling-facts.ts';
import type { SqlContext } from './context.ts';
import { liveBuilds, passedBuilds, staleBuilds, waitingBuilds } from './facts-builds.ts';
import { resourcesWithVersions, usedVersions } from './facts-versions.ts';
import { listJobs } from './jobs.ts';
import { stepsOf } from './new-build.ts';
import { getPipeline } from './pipelines.ts';
import { loadModel } from './revisions.ts';
import type { Db } from './schema.ts';

export async function schedulingFacts(
  trx: Db,
  context: SqlContext,
  id: PipelineId,
): Promise<SchedulingFacts | undefined> {
  const pipeline = await getPipeline(trx, id);
  if (pipeline === undefined) return undefined;
  const model = await loadModel(context, trx, pipeline.revisionId);
  const getsByName = new Map(
    model.jobs.map((job) => [job.name, stepsOf(job).filter((step) => step.kind === 'get')] as const),
  );
  const upstream = new Set([...getsByName.values()].flat().flatMap((get) => get.passed));
  const active = (await listJobs(trx, id)).filter((job) => job.active);

  const waiting = await waitingBuilds(trx, active);
  const interruptible = new Set(model.jobs.filter((job) => job.interruptible).map((job) => job.name));
  const live = await liveBuilds(
    trx,
    active.filter((job) => interruptible.has(job.name)),
  );
  const stale = await staleBuilds(trx, id);
  const jobs = [];
  for (const job of active) {
    const passed = upstream.has(job.name) ? await passedBuilds(trx, context, job.id) : [];
    const gets = getsByName.get(job.name) ?? [];
    const pending = waiting.get(job.id);
    jobs.push({ ...job, gets, pending, live: live.get(job.id), queued: stale.get(job.id), passed });
  }
  const wanted = new Set([
    ...jobs.flatMap((job) => job.passed.flatMap((build) => [...build.versions.values()])),
    ...jobs.flatMap((job) => job.pending?.inputs.map((input) => input.versionId) ?? []),
    ...jobs.flatMap((job) => job.queued?.flatMap((build) => build.inputs.map((input) => input.versionId)) ?? []),
  ]);
  const resources = await resourcesWithVersions(trx, context, { id, model, jobs, wanted });
  const used = await Promise.all(jobs.map((job) => usedVersions(trx, job, resources)));
  return {
    pipeline,
    model,
    jobs: jobs.map(({ gets, ...job }, index) => ({ ...job, used: used[index] ?? new Set() })),
    resources,
  };
}
