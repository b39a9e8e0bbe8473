/**
 * What the scheduler decides on, in one consistent look. How much is read is bounded, whatever the history; what exactly, and why nothing is
 * missed, is said in facts-versions.ts and facts-builds.ts.
 */
import { assertNever } from '../../lib/assert-never.ts';
import type { PipelineId } from '../../lib/ids.ts';
import { jobLinks, jobsConcerned } from '../../pipeline/job-links.ts';
import type { Pipeline } from '../../pipeline/model.ts';
import type { GetStep } from '../../pipeline/plan-step.ts';
import type { FactsScope, SchedulingFacts } from '../scheduling-facts.ts';
import type { SqlContext } from './context.ts';
import { decidedBefore } from './decisions.ts';
import { liveBuilds, passedBuilds, staleBuilds, waitingBuilds } from './facts-builds.ts';
import { namedResourceRows, resourceRows, resourcesWithVersions, usedVersions } from './facts-versions.ts';
import { listJobs, namedJobs } from './jobs.ts';
import { getPipeline } from './pipelines.ts';
import { loadModel } from './revisions.ts';
import type { Db } from './schema.ts';

export async function schedulingFacts(
  trx: Db,
  context: SqlContext,
  id: PipelineId,
  scope?: FactsScope,
): Promise<SchedulingFacts | undefined> {
  const pipeline = await getPipeline(trx, id);
  if (pipeline === undefined) return undefined;
  const model = await loadModel(context, trx, pipeline.revisionId);
  const links = jobLinks(model);
  const only = scope && inScope(model, scope);
  if (only?.size === 0) return undefined;
  const getsOf = (name: string): readonly GetStep[] => links.gets.get(name) ?? [];
  const upstream = new Set([...(only ?? links.gets.keys())].flatMap(getsOf).flatMap((get) => get.passed));
  const known = only === undefined ? await listJobs(trx, id) : await namedJobs(trx, id, [...only, ...upstream]);
  const active = known.filter((job) => job.active);
  const asked = active.filter((job) => only?.has(job.name) ?? true);

  const waiting = await waitingBuilds(trx, asked);
  const interruptible = new Set(model.jobs.filter((job) => job.interruptible).map((job) => job.name));
  const live = await liveBuilds(
    trx,
    asked.filter((job) => interruptible.has(job.name)),
  );
  const stale = await staleBuilds(trx, asked);
  const jobs = [];
  for (const job of active) {
    const passed = upstream.has(job.name) ? await passedBuilds(trx, context, job.id) : [];
    const gets = asked.includes(job) ? getsOf(job.name) : [];
    const pending = waiting.get(job.id);
    jobs.push({ ...job, gets, pending, live: live.get(job.id), queued: stale.get(job.id), passed });
  }
  const wanted = new Set([
    ...jobs.flatMap((job) => job.passed.flatMap((build) => [...build.versions.values()])),
    ...jobs.flatMap((job) => job.pending?.inputs.map((input) => input.versionId) ?? []),
    ...jobs.flatMap((job) => job.queued?.flatMap((build) => build.inputs.map((input) => input.versionId)) ?? []),
  ]);
  const queuedWith = new Set(
    jobs.flatMap((job) => job.queued?.flatMap((build) => build.inputs.map((input) => input.resourceId)) ?? []),
  );
  const rows =
    only === undefined
      ? await resourceRows(trx, id)
      : await namedResourceRows(trx, id, {
          addresses: jobs.flatMap((job) => job.gets.map(({ resource }) => resource)),
          ids: queuedWith,
        });
  const resources = await resourcesWithVersions(trx, context, { rows, model, jobs, wanted });
  const used = await Promise.all(jobs.map((job) => usedVersions(trx, job, resources)));
  return {
    decided: await decidedBefore(trx, id),
    pipeline,
    model,
    only,
    jobs: jobs.map(({ gets, ...job }, index) => ({ ...job, used: used[index] ?? new Set() })),
    resources,
  };
}

function inScope(model: Pipeline, scope: FactsScope): ReadonlySet<string> {
  switch (scope.kind) {
    case 'jobs':
      return new Set(scope.jobs);
    case 'happened':
      return jobsConcerned(model, scope.happened);
    default:
      return assertNever(scope);
  }
}
