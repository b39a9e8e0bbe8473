import { setImmediate } from 'node:timers/promises';
import type { AttemptId } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import type { PipelineDetail } from '../../protocol/api.ts';
import type { Mark } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { Access } from '../access.ts';
import { type Asker, mayAt } from '../auth/principal.ts';
import type { Handlers } from '../http/call.ts';
import { markNow } from '../marks.ts';
import type { Wakeups } from '../wakeups.ts';
import type { PipelineViews } from './pipeline-views.ts';
import { configOf, etagOf } from './revision-views.ts';
import type { Revisions } from './revisions.ts';
import { type SetPipelineParts, setPipeline } from './set-pipeline.ts';

const MOST_AT_A_STRETCH_MS = 15;

export interface PipelineParts extends SetPipelineParts {
  readonly store: Store;
  readonly access: Access;
  readonly logger: Logger;
  readonly wakeups: Wakeups;
  readonly views: PipelineViews;
  readonly revisions: Revisions;
  /** Tells the workers at once to cancel an attempt. */
  readonly announceCancel: (attempt: AttemptId) => void;
}

export function pipelineRoutes(
  parts: PipelineParts,
): Handlers<
  | 'listPipelines'
  | 'setPipeline'
  | 'getPipeline'
  | 'deletePipeline'
  | 'pausePipeline'
  | 'unpausePipeline'
  | 'exposePipeline'
  | 'hidePipeline'
  | 'pipelineGraph'
  | 'pipelineConfig'
> {
  const { store, access, clock, wakeups, views, revisions } = parts;

  async function pause(
    principal: Asker,
    params: { team: string; pipeline: string },
    mark: Mark | undefined,
  ): Promise<PipelineDetail> {
    const { id } = await access.pipeline(principal, params);
    await store.pausePipeline(id, mark, clock.now());
    const { name: by } = principal;
    parts.logger.info(`pipeline ${mark === undefined ? 'unpaused' : 'paused'}`, {
      ...params,
      by,
      reason: mark?.reason,
    });
    wakeups.checks();
    wakeups.schedule(id);
    wakeups.work();
    wakeups.feed();
    return views.detail(await access.pipeline(principal, params));
  }

  async function show(
    principal: Asker,
    params: { team: string; pipeline: string },
    toAll: boolean,
  ): Promise<PipelineDetail> {
    const { id } = await access.pipeline(principal, params);
    await store.showPipeline(id, toAll, clock.now());
    parts.logger.info(`pipeline ${toAll ? 'shown to everybody' : 'hidden'}`, { ...params, by: principal.name });
    wakeups.feed();
    return views.detail(await access.pipeline(principal, params));
  }

  return {
    async listPipelines({ principal, query }) {
      // An empty answer would look as if the team were there.
      if (query.team !== undefined) await access.team(principal, query.team);
      // What a deleted branch had is there for who knows its name.
      const pipelines = (await store.listPipelines(query.team)).filter((one) => one.archivedAt === undefined);
      const summaries = [];
      let breath = performance.now();
      for (const pipeline of pipelines.filter((one) => mayAt(principal, one))) {
        summaries.push(await views.summary(pipeline));
        // Hundreds of pipelines are laid out the first time: logs must flow meanwhile.
        if (performance.now() - breath < MOST_AT_A_STRETCH_MS) continue;
        await setImmediate();
        breath = performance.now();
      }
      return summaries;
    },
    async setPipeline({ principal, params, body, condition }) {
      const team = await access.team(principal, params.team);
      return setPipeline(parts, { ...body, team, name: params.pipeline, by: principal.name, condition });
    },
    async getPipeline({ principal, params }) {
      return views.detail(await access.pipeline(principal, params));
    },
    async deletePipeline({ principal, params }) {
      const { id } = await access.pipeline(principal, params);
      // At its next renewal a worker learns that it lost the attempt, which is another end than this one.
      for (const attempt of await store.deletePipeline(id)) {
        parts.announceCancel(attempt.id);
        wakeups.build(attempt.buildId);
      }
      wakeups.work();
      wakeups.feed();
      return undefined;
    },
    pausePipeline: ({ principal, params, body }) => pause(principal, params, markNow(clock, principal, body)),
    unpausePipeline: ({ principal, params }) => pause(principal, params, undefined),
    exposePipeline: ({ principal, params }) => show(principal, params, true),
    hidePipeline: ({ principal, params }) => show(principal, params, false),
    async pipelineGraph({ principal, params }) {
      const pipeline = await access.pipeline(principal, params);
      return (await revisions.get(pipeline.revisionId)).graph();
    },
    async pipelineConfig({ principal, params }) {
      const pipeline = await access.pipeline(principal, params);
      const { record } = await revisions.get(pipeline.revisionId);
      return { etag: etagOf(record.id), value: configOf(record) };
    },
  };
}
