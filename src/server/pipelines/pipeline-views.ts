import type { PipelineDetail, PipelineSummary } from '../../protocol/api.ts';
import { type BuildStatus, isEnded } from '../../protocol/status.ts';
import type { BuildRecord, JobRecord, PipelineRecord, ResourceRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { JobViews } from '../jobs/routes.ts';
import { pauseView } from '../marks.ts';
import type { ResourceViews } from '../resources/resource-views.ts';
import type { Revision, Revisions } from './revisions.ts';

export interface PipelineViews {
  summary(pipeline: PipelineRecord): Promise<PipelineSummary>;
  detail(pipeline: PipelineRecord): Promise<PipelineDetail>;
}

const TREND = 10;
/** The worst first; what is not in here says nothing about the pipeline's health. */
const WORST: readonly BuildStatus[] = ['errored', 'failed', 'warning', 'succeeded'];

export function createPipelineViews(
  store: Store,
  revisions: Revisions,
  jobViews: JobViews,
  resourceViews: ResourceViews,
): PipelineViews {
  async function summary(pipeline: PipelineRecord): Promise<PipelineSummary> {
    const [revision, jobs, builds, resources] = await Promise.all([
      revisions.get(pipeline.revisionId),
      store.listJobs(pipeline.id),
      store.recentBuilds(pipeline.id, TREND),
      store.listResources(pipeline.id),
    ]);
    const { setBy, model } = revision.record;
    const { instance } = model;
    return {
      ...summarize(pipeline, revision, jobs, builds, resources),
      setBy,
      ...(instance !== undefined && { instance }),
    };
  }

  return {
    summary,
    async detail(pipeline) {
      const [short, jobList, resources] = await Promise.all([
        summary(pipeline),
        jobViews(pipeline),
        store.listResources(pipeline.id),
      ]);
      const active = resources.filter((resource) => resource.active);
      return { ...short, ...pauseView(pipeline), jobList, resources: await Promise.all(active.map(resourceViews)) };
    },
  };
}

/** `builds`: of each job the newest first, at most ten. */
export function summarize(
  pipeline: PipelineRecord,
  revision: Pick<Revision, 'graph'>,
  jobs: readonly JobRecord[],
  builds: readonly BuildRecord[],
  resources: readonly ResourceRecord[],
): Omit<PipelineSummary, 'setBy'> {
  const active = jobs.filter((job) => job.active).sort((a, b) => a.ordinal - b.ordinal);
  const byJob = Map.groupBy(builds, (build) => build.jobId);
  const lastEnded = active.flatMap((job) => {
    const ended = byJob.get(job.id)?.find((build) => WORST.includes(build.status));
    return ended === undefined ? [] : [ended.status];
  });
  return {
    team: pipeline.team,
    name: pipeline.name,
    revision: pipeline.revision,
    public: pipeline.public,
    paused: pipeline.pausedBy !== undefined,
    updatedAt: pipeline.updatedAt,
    status: WORST.find((status) => lastEnded.includes(status)) ?? null,
    running: builds.filter((build) => build.status === 'running').length,
    graph: revision.graph(),
    jobs: active.map((job) => {
      const all = byJob.get(job.id) ?? [];
      const newest = all[0];
      return {
        name: job.name,
        status: newest?.status ?? null,
        number: newest?.number ?? null,
        running: all.some((build) => build.status === 'running'),
        paused: job.pausedBy !== undefined,
        startedAt: newest?.startedAt ?? null,
      };
    }),
    trend: trendOf(builds),
    failingChecks: resources.flatMap(({ active, address, lastCheckStatus, lastCheckProblem }) =>
      active && lastCheckStatus === 'errored' && lastCheckProblem !== undefined
        ? [{ resource: address, problem: lastCheckProblem }]
        : [],
    ),
  };
}

/** The newest builds that ended, of all jobs together. */
function trendOf(builds: readonly BuildRecord[]): PipelineSummary['trend'] {
  return builds
    .filter((build) => isEnded(build.status))
    .sort((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0))
    .slice(0, TREND)
    .map(({ job, number, status, startedAt, endedAt }) => ({
      job,
      number,
      status,
      endedAt: endedAt ?? null,
      durationMs: startedAt !== undefined && endedAt !== undefined ? Math.max(0, endedAt - startedAt) : null,
    }));
}
