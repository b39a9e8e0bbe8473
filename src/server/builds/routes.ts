import type { Clock } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { AttemptId, JobId, PipelineId } from '../../lib/ids.ts';
import type { BuildView } from '../../protocol/builds.ts';
import type { Store } from '../../store/store.ts';
import type { Access } from '../access.ts';
import { type Asker, mayAt } from '../auth/principal.ts';
import type { Handlers } from '../http/call.ts';
import { notFound } from '../http/problems.ts';
import type { BuildChannels } from '../live/build-channels.ts';
import type { StorageHealth } from '../storage-health.ts';
import type { Wakeups } from '../wakeups.ts';
import type { BuildViews } from './build-views.ts';
import { retryBuild } from './start-build.ts';
import { parsePosition, watchBuild } from './watch-build.ts';

export interface BuildParts {
  readonly store: Store;
  readonly access: Access;
  readonly clock: Clock;
  readonly wakeups: Wakeups;
  readonly views: BuildViews;
  readonly channels: BuildChannels;
  readonly storage: Pick<StorageHealth, 'problem'>;
  /** Tells the workers at once to cancel an attempt; its next renewal would tell it anyway. */
  readonly announceCancel: (attempt: AttemptId) => void;
}

const PAGE = 25;

export function buildRoutes(
  parts: BuildParts,
): Handlers<'listBuilds' | 'getBuild' | 'cancelBuild' | 'retryBuild' | 'watchBuild' | 'listJobBuilds' | 'getJobBuild'> {
  const { store, access, clock, wakeups, views, channels } = parts;

  async function page(
    filter: { pipelineId?: PipelineId; jobId?: JobId },
    query: { after?: string | undefined; limit?: number | undefined },
  ) {
    const found = await store.listBuilds({ ...filter, limit: query.limit ?? PAGE, after: query.after });
    return { items: await views.many(found.items), ...(found.next !== undefined && { next: found.next }) };
  }

  /** Names without a pipeline's are looked up in the only team the asker sees, or in all. */
  async function filterOf(
    principal: Asker,
    { team, pipeline, job }: { team?: string | undefined; pipeline?: string | undefined; job?: string | undefined },
  ): Promise<{ pipelineId?: PipelineId; jobId?: JobId }> {
    if (pipeline === undefined) {
      if (job !== undefined) {
        throw new CodedError('api.bad_request', 'query.job: a job is named together with its pipeline');
      }
      return {};
    }
    const names = { team: team ?? principal.limit?.team ?? 'main', pipeline };
    if (job === undefined) return { pipelineId: (await access.pipeline(principal, names)).id };
    const found = await access.job(principal, { ...names, job });
    return { pipelineId: found.pipeline.id, jobId: found.job.id };
  }

  async function seenPipelines(asker: Asker): Promise<ReadonlySet<string>> {
    const pipelines = (await store.listPipelines()).filter((one) => mayAt(asker, one));
    return new Set(pipelines.map(({ team, name }) => JSON.stringify([team, name])));
  }

  return {
    async listBuilds({ principal, query }) {
      const found = await page(await filterOf(principal, query), query);
      const seen = await seenPipelines(principal);
      const wanted = ({ team, pipeline }: BuildView): boolean =>
        seen.has(JSON.stringify([team, pipeline])) && (query.team === undefined || query.team === team);
      return { ...found, items: found.items.filter(wanted) };
    },
    async listJobBuilds({ principal, params, query }) {
      const { pipeline, job } = await access.job(principal, params);
      return page({ pipelineId: pipeline.id, jobId: job.id }, query);
    },
    async getJobBuild({ principal, params }) {
      const { job } = await access.job(principal, params);
      const record = /^\d{1,9}$/.test(params.number) ? await store.findBuild(job.id, Number(params.number)) : undefined;
      const build = record === undefined ? undefined : await store.getBuild(record.id);
      if (build !== undefined) return views.detail(build);
      if (/^[1-9]\d{0,8}$/.test(params.number) && Number(params.number) <= job.lastNumber) {
        throw new CodedError('build.deleted', `build ${params.number} of job "${job.name}" was deleted`, {
          hint: 'pikoci retention says how long builds are kept',
        });
      }
      throw notFound(`build ${params.number} of job "${job.name}"`, 'builds list shows those there are');
    },
    async getBuild({ principal, params }) {
      const build = await store.getBuild((await access.build(principal, params.build)).id);
      if (build === undefined) throw notFound(`build "${params.build}"`);
      return views.detail(build);
    },
    async cancelBuild({ principal, params }) {
      const { id, pipelineId } = await access.build(principal, params.build);
      const { build, attempt } = await store.cancelBuild(id, principal.name, clock.now());
      if (attempt !== undefined) parts.announceCancel(attempt.id);
      wakeups.build(id);
      wakeups.schedule(pipelineId);
      wakeups.work('build');
      wakeups.feed();
      return views.one(build);
    },
    async retryBuild({ principal, params, body }) {
      const { id } = await access.build(principal, params.build);
      const build = await retryBuild(store, clock, id, { by: principal.name, reason: body?.reason });
      wakeups.work('build');
      wakeups.feed();
      return views.one(build);
    },
    async watchBuild({ principal, params, query, lastEventId, signal }) {
      const after = parsePosition(lastEventId ?? query.after);
      const { id } = await access.build(principal, params.build);
      return watchBuild({ store, channels, views, storage: parts.storage }, id, after, signal, query.behind);
    },
  };
}
