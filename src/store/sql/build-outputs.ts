/** Versions that a build's steps tell of: pushed by a `put`, or fetched with metadata that the check did not know. */
import type { AttemptEvent } from '../../protocol/events.ts';
import { versionMetadata } from '../../protocol/version.ts';
import type { LiveBuild } from './build-moves.ts';
import { markUsed } from './build-moves.ts';
import { loadPlan } from './build-rows.ts';
import { note, type SqlContext } from './context.ts';
import { parseColumn } from './json-column.ts';
import type { Db } from './schema.ts';
import { resourceIdentity } from './set-resources.ts';
import { addPushed, versionDigest } from './versions.ts';

type VersionEvent = Extract<AttemptEvent, { kind: 'version' }>;

/**
 * A pushed version is recorded at once, not when the attempt ends: it is out there even if the worker dies on the next step. What it was
 * pushed to may have left the pipeline, or be another thing of the same name by now: then only the event tells of it.
 */
export async function saveVersionEvent(
  trx: Db,
  context: SqlContext,
  build: LiveBuild,
  event: VersionEvent,
): Promise<void> {
  const resource = await trx
    .selectFrom('resources')
    .select(['id', 'identity'])
    .where('pipeline_id', '=', build.pipeline_id)
    .where('address', '=', event.resource)
    .executeTakeFirst();
  const plan = await loadPlan(context, trx, build.pipeline_id, build.plan_digest);
  const planned = plan.resources[event.resource];
  if (resource === undefined || planned === undefined || resourceIdentity(planned) !== resource.identity) return;

  if (event.direction === 'pushed') {
    const versionId = await addPushed(trx, context.dialect, resource.id, event, event.at);
    const output = {
      build_id: build.id,
      direction: 'out' as const,
      step: event.step,
      resource_id: resource.id,
      resource: event.resource,
      version_id: versionId,
      version_json: JSON.stringify(event.version),
      metadata_json: JSON.stringify(event.metadata),
    };
    await context.dialect.ignoreTaken(trx.insertInto('build_versions').values(output)).execute();
    await markUsed(trx, context.dialect, build.id);
    await note(trx, event.at, 'resource', { pipelineId: build.pipeline_id, resourceId: resource.id });
    return;
  }

  const known = await trx
    .selectFrom('versions')
    .select(['id', 'metadata_json'])
    .where('resource_id', '=', resource.id)
    .where('digest', '=', versionDigest(event.version))
    .executeTakeFirst();
  if (known === undefined) return;
  const before = parseColumn(versionMetadata, known.metadata_json, 'versions.metadata_json');
  const metadata = { metadata_json: JSON.stringify({ ...before, ...event.metadata }) };
  await trx.updateTable('versions').set(metadata).where('id', '=', known.id).execute();
  await trx
    .updateTable('build_versions')
    .set(metadata)
    .where('build_id', '=', build.id)
    .where('version_id', '=', known.id)
    .execute();
}
