import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { JobView } from '../../protocol/api.ts';
import { describeHold, hold } from '../../scheduler/hold.ts';
import type { BuildRecord, JobRecord, Mark, PipelineRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { Access } from '../access.ts';
import type { Principal } from '../auth/principal.ts';
import type { BuildViews } from '../builds/build-views.ts';
import { triggerJob } from '../builds/start-build.ts';
import type { Handlers } from '../http/call.ts';
import { markNow } from '../marks.ts';
import type { Revisions } from '../pipelines/revisions.ts';
import type { Wakeups } from '../wakeups.ts';
import { type HoldWords, jobView } from './job-view.ts';

export interface JobParts {
  readonly store: Store;
  readonly access: Access;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly wakeups: Wakeups;
  readonly views: BuildViews;
  readonly revisions: Revisions;
}

const BUILDS_SHOWN = 20;

/** What the database holds may be of an older or a newer program: then it is shown as what it is. */
const holdWords: HoldWords = (reason) => {
  const parsed = hold.safeParse(reason);
  return parsed.success
    ? { kind: parsed.data.kind, ...describeHold(parsed.data) }
    : { kind: 'unknown', text: JSON.stringify(reason) };
};

export type JobViews = (pipeline: PipelineRecord) => Promise<JobView[]>;

/** All active jobs of a pipeline in the order of its text, each with its newest builds. */
export function createJobViews({ store, views, revisions }: Pick<JobParts, 'store' | 'views' | 'revisions'>): JobViews {
  return async (pipeline) => {
    const [revision, jobs, recent] = await Promise.all([
      revisions.get(pipeline.revisionId),
      store.listJobs(pipeline.id),
      store.recentBuilds(pipeline.id, BUILDS_SHOWN),
    ]);
    const builds = Map.groupBy(await views.many(recent), (build) => build.job);
    return jobs
      .filter((job) => job.active)
      .sort((a, b) => a.ordinal - b.ordinal)
      .map((job) => jobView(job, revision, builds.get(job.name) ?? [], holdWords));
  };
}

export function jobRoutes(parts: JobParts): Handlers<'listJobs' | 'getJob' | 'triggerJob' | 'pauseJob' | 'unpauseJob'> {
  const { store, access, clock, wakeups, views, revisions } = parts;
  const jobViews = createJobViews(parts);

  async function view(pipeline: PipelineRecord, job: JobRecord): Promise<JobView> {
    const { items } = await store.listBuilds({ pipelineId: pipeline.id, jobId: job.id, limit: BUILDS_SHOWN });
    return jobView(job, await revisions.get(pipeline.revisionId), await views.many(items), holdWords);
  }

  async function pause(
    principal: Principal,
    params: { team: string; pipeline: string; job: string },
    mark: Mark | undefined,
  ): Promise<JobView> {
    const before = await access.job(principal, params);
    await store.pauseJob(before.job.id, mark, clock.now());
    const { name: by } = principal;
    parts.logger.info(`job ${mark === undefined ? 'unpaused' : 'paused'}`, { ...params, by, reason: mark?.reason });
    wakeups.schedule(before.pipeline.id);
    wakeups.work();
    wakeups.feed();
    const { pipeline, job } = await access.job(principal, params);
    return view(pipeline, job);
  }

  return {
    async listJobs({ principal, params }) {
      return jobViews(await access.pipeline(principal, params));
    },
    async getJob({ principal, params }) {
      const { pipeline, job } = await access.job(principal, params);
      return view(pipeline, job);
    },
    async triggerJob({ principal, params, body }) {
      const { pipeline, job } = await access.job(principal, params);
      const build: BuildRecord = await triggerJob(store, clock, {
        pipelineId: pipeline.id,
        jobId: job.id,
        job: job.name,
        by: principal.name,
        reason: body?.reason,
        wanted: body?.versions ?? {},
      });
      wakeups.work();
      wakeups.feed();
      return views.one(build);
    },
    pauseJob: ({ principal, params, body }) => pause(principal, params, markNow(clock, principal, body)),
    unpauseJob: ({ principal, params }) => pause(principal, params, undefined),
  };
}
