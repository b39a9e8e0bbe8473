import { newId, type VersionId } from '../../lib/ids.ts';
import type { RepositoryBuildStore } from '../repository-build-store.ts';
import { lockBuild } from './build-moves.ts';
import { existingBuild } from './build-rows.ts';
import { conflict, flag, note, notFound, type SqlContext, write } from './context.ts';
import { createForgeReportStore, reportAgain } from './forge-reports.ts';
import { lockResource, versionDigest, versionRecord } from './versions.ts';

export function createRepositoryBuildStore(context: SqlContext): RepositoryBuildStore {
  return {
    ...createForgeReportStore(context),

    saveEventVersion: ({ resourceId, version, metadata, event, revisionId, now }) =>
      write(context, async (trx) => {
        const resource = await lockResource(trx, context.dialect, resourceId);
        const digest = versionDigest(version);
        const brought = { event_json: JSON.stringify(event), revision_id: revisionId };
        const at = { resource_id: resourceId, digest };
        const rows = trx
          .selectFrom('versions')
          .selectAll()
          .where('resource_id', '=', resourceId)
          .where('digest', '=', digest);
        const known = await rows.executeTakeFirst();
        if (known === undefined) {
          const position = resource.last_position + 1;
          await trx
            .insertInto('versions')
            .values({
              ...{ id: newId<VersionId>(now), ...at, position, ...brought, first_seen_at: now },
              version_json: JSON.stringify(version),
              metadata_json: JSON.stringify(metadata),
              ...{ triggers: 0, disabled: 0 },
            })
            .execute();
          const last = { last_position: position, checked_once: 1 as const };
          await trx.updateTable('resources').set(last).where('id', '=', resourceId).execute();
          await note(trx, now, 'resource', { pipelineId: resource.pipeline_id, resourceId });
        } else {
          await trx.updateTable('versions').set(brought).where('id', '=', known.id).execute();
        }
        return versionRecord(context, await rows.executeTakeFirstOrThrow());
      }),

    letTrigger: (id) =>
      write(context, async (trx) => {
        await trx.updateTable('versions').set({ triggers: 1 }).where('id', '=', id).execute();
      }),

    releaseBuild: (id, by, now) =>
      write(context, async (trx) => {
        const build = await lockBuild(trx, context.dialect, id);
        const released = await trx
          .updateTable('builds')
          .set({ held: null, released_by: by, released_at: now })
          .where('id', '=', id)
          .where('held', '=', 1)
          .where('status', 'in', ['pending', 'waiting_for_approval'])
          .executeTakeFirst();
        if (released.numUpdatedRows !== 1n) {
          throw conflict(`build ${build.number} is not held: it is ${build.status}`, 'there is nothing to release');
        }
        if (build.event_json !== null) await reportAgain(trx, id, now);
        await note(trx, now, 'build', { pipelineId: build.pipeline_id, jobId: build.job_id, buildId: id });
        return existingBuild(trx, id);
      }),

    archivePipeline: (id, why, now) =>
      write(context, async (trx) => {
        const archived = why !== undefined;
        const found = await trx
          .updateTable('pipelines')
          .set({ archived_at: archived ? now : null, archived_note: why ?? null })
          .where('id', '=', id)
          .executeTakeFirst();
        if (found.numUpdatedRows === 0n) throw notFound('pipeline', id);
        const pipeline = await trx
          .selectFrom('pipelines')
          .select(['paused_by', 'fork'])
          .where('id', '=', id)
          .executeTakeFirstOrThrow();
        const watched = flag(!archived && pipeline.paused_by === null && pipeline.fork === null);
        await trx
          .updateTable('resources')
          .set({ watched })
          .where('pipeline_id', '=', id)
          .where('active', '=', 1)
          .where('never_checked', '=', 0)
          .execute();
        await note(trx, now, 'pipeline', { pipelineId: id });
      }),
  };
}
