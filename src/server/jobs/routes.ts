import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { HoldView, JobView } from '../../protocol/api.ts';
import type { BuildView } from '../../protocol/builds.ts';
import { reasonInWords } from '../../protocol/reason-words.ts';
import type { BuildRecord, JobRecord, Mark, PipelineRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { Access } from '../access.ts';
import type { Asker } from '../auth/principal.ts';
import type { BuildViews } from '../builds/build-views.ts';
import { triggerJob } from '../builds/start-build.ts';
import type { Handlers } from '../http/call.ts';
import { markNow } from '../marks.ts';
import type { AtRest } from '../secrets/at-rest.ts';
import type { Wakeups } from '../wakeups.ts';
import { explainJob } from './explain.ts';
import { type HoldReasons, placeOf, type ReasonWorld } from './hold-reasons.ts';
import { jobView } from './job-view.ts';

export interface JobParts {
  readonly store: Store;
  readonly access: Access;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly wakeups: Wakeups;
  readonly views: BuildViews;
  readonly holds: HoldReasons;
  readonly atRest: AtRest;
}

const BUILDS_SHOWN = 20;

export type JobViews = (pipeline: PipelineRecord) => Promise<JobView[]>;

/** All active jobs of a pipeline in the order of its text, each with its newest builds. */
export function createJobViews({ store, views, holds }: Pick<JobParts, 'store' | 'views' | 'holds'>): JobViews {
  return async (pipeline) => {
    const [world, recent] = await Promise.all([holds.world(pipeline), store.recentBuilds(pipeline.id, BUILDS_SHOWN)]);
    const builds = Map.groupBy(await views.many(recent), (build) => build.job);
    return Promise.all(
      activeJobs(world).map(async (job) =>
        jobView(job, world.revision, builds.get(job.name) ?? [], await holdView(holds, world, job)),
      ),
    );
  };
}

/** In the order of the text. */
const activeJobs = ({ jobs }: ReasonWorld): JobRecord[] =>
  jobs.filter((job) => job.active).sort((a, b) => a.ordinal - b.ordinal);

async function holdView(holds: HoldReasons, world: ReasonWorld, job: JobRecord): Promise<HoldView | undefined> {
  if (job.hold === undefined) return undefined;
  const reason = await holds.ofRecorded(world, job.name, job.hold.reason);
  return { ...reasonInWords(reason, placeOf(world)), since: job.hold.since };
}

export function jobRoutes(
  parts: JobParts,
): Handlers<'listJobs' | 'getJob' | 'explainJob' | 'explainPipeline' | 'triggerJob' | 'pauseJob' | 'unpauseJob'> {
  const { store, access, clock, wakeups, views, holds } = parts;
  const jobViews = createJobViews(parts);

  async function buildsOf({ pipelineId, id }: JobRecord): Promise<BuildView[]> {
    return views.many((await store.listBuilds({ pipelineId, jobId: id, limit: BUILDS_SHOWN })).items);
  }

  async function view(pipeline: PipelineRecord, job: JobRecord): Promise<JobView> {
    const [world, builds] = await Promise.all([holds.world(pipeline), buildsOf(job)]);
    return jobView(job, world.revision, builds, await holdView(holds, world, job));
  }

  async function pause(
    principal: Asker,
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
    async explainJob({ principal, params }) {
      const { pipeline, job } = await access.job(principal, params);
      const [world, builds] = await Promise.all([holds.world(pipeline), buildsOf(job)]);
      return explainJob(holds, world, job, builds);
    },
    async explainPipeline({ principal, params }) {
      const world = await holds.world(await access.pipeline(principal, params));
      const recent = await views.many(await store.recentBuilds(world.pipeline.id, BUILDS_SHOWN));
      const builds = Map.groupBy(recent, (build) => build.job);
      return Promise.all(activeJobs(world).map((job) => explainJob(holds, world, job, builds.get(job.name) ?? [])));
    },
    async triggerJob({ principal, params, body }) {
      const { pipeline, job } = await access.job(principal, params);
      const build: BuildRecord = await triggerJob(parts, {
        pipeline,
        jobId: job.id,
        job: job.name,
        by: principal.name,
        reason: body?.reason,
        wanted: body?.versions ?? {},
        given: body?.inputs ?? {},
      });
      wakeups.work('build');
      wakeups.feed();
      return views.one(build);
    },
    pauseJob: ({ principal, params, body }) => pause(principal, params, markNow(clock, principal, body)),
    unpauseJob: ({ principal, params }) => pause(principal, params, undefined),
  };
}
