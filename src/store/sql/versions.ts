/** Versions of resources, as checks and puts report them. */
import type { Instant } from '../../lib/clock.ts';
import { newId, type PipelineId, type ResourceId, type VersionId } from '../../lib/ids.ts';
import { canonicalJson } from '../../lib/json.ts';
import { buildEvent } from '../../protocol/build-event.ts';
import type { VersionFields, VersionMetadata } from '../../protocol/version.ts';
import { versionFields, versionMetadata } from '../../protocol/version.ts';
import type { VersionRecord } from '../records.ts';
import { flag, notFound, portions, type SqlContext } from './context.ts';
import type { SqlDialect } from './dialect.ts';
import { digestOf, parseColumn } from './json-column.ts';
import { markOf } from './mark-columns.ts';
import { appendVersions, orderVersions } from './place-versions.ts';
import type { Db, Schema } from './schema.ts';

export interface FoundVersion {
  readonly version: VersionFields;
  readonly metadata: VersionMetadata;
}

export const versionDigest = (version: VersionFields): string => digestOf(canonicalJson(version));

/**
 * Adds what is new, oldest first: behind what is known, or with `ordered` where the report has it. Of the first report only the newest triggers: the rest
 * is history. Returns how many were new.
 */
export async function addVersions(
  trx: Db,
  dialect: SqlDialect,
  resourceId: ResourceId,
  { versions: found, ordered = false }: { readonly versions: readonly FoundVersion[]; readonly ordered?: boolean },
  now: Instant,
): Promise<number> {
  const resource = await lockResource(trx, dialect, resourceId);
  const byDigest = new Map(found.map((item) => [versionDigest(item.version), item]));
  const report = {
    digests: [...byDigest.keys()],
    known: await knownVersions(trx, resourceId, [...byDigest.keys()]),
    last: resource.last_position,
  };
  const { added, moved, history } = ordered ? orderVersions(report) : appendVersions(report);
  for (const { known, position } of moved) await moveVersion(trx, resource.pipeline_id, known, position);
  const newest = found.at(-1);
  const rows = [...byDigest].flatMap(([digest, item]) => {
    const position = added.get(digest);
    if (position === undefined) return [];
    return {
      id: newId<VersionId>(now),
      resource_id: resourceId,
      position,
      digest,
      version_json: JSON.stringify(item.version),
      metadata_json: JSON.stringify(item.metadata),
      triggers: flag(resource.checked_once === 1 ? !history.has(digest) : item === newest),
      disabled: 0 as const,
      first_seen_at: now,
    };
  });
  for (const some of portions(rows, 100)) await trx.insertInto('versions').values(some).execute();
  await trx
    .updateTable('resources')
    .set({ last_position: resource.last_position + moved.length + rows.length, checked_once: 1 })
    .where('id', '=', resourceId)
    .execute();
  return rows.length;
}

interface KnownVersion {
  readonly id: VersionId;
  readonly resource_id: ResourceId;
  readonly position: number;
}

async function knownVersions(
  trx: Db,
  resourceId: ResourceId,
  digests: readonly string[],
): Promise<ReadonlyMap<string, KnownVersion>> {
  const known = new Map<string, KnownVersion>();
  for (const some of portions(digests)) {
    const rows = await trx
      .selectFrom('versions')
      .select(['id', 'resource_id', 'digest', 'position'])
      .where('resource_id', '=', resourceId)
      .where('digest', 'in', some)
      .execute();
    for (const row of rows) known.set(row.digest, row);
  }
  return known;
}

/** To a place that was never given: no two have one, not even for a moment. What jobs used goes with it. */
async function moveVersion(trx: Db, pipelineId: PipelineId, known: KnownVersion, position: number): Promise<void> {
  await trx.updateTable('versions').set({ position }).where('id', '=', known.id).execute();
  await trx
    .updateTable('used_versions')
    .set({ position })
    .where('job_id', 'in', (of) => of.selectFrom('jobs').select('id').where('pipeline_id', '=', pipelineId))
    .where('resource_id', '=', known.resource_id)
    .where('position', '=', known.position)
    .where('version_id', '=', known.id)
    .execute();
}

/** A version that a build pushed: known from now on, the newest unless it was known before. It triggers, whatever checks have said. */
export async function addPushed(
  trx: Db,
  dialect: SqlDialect,
  resourceId: ResourceId,
  pushed: FoundVersion,
  now: Instant,
): Promise<VersionId> {
  const resource = await lockResource(trx, dialect, resourceId);
  const digest = versionDigest(pushed.version);
  const known = await trx
    .selectFrom('versions')
    .select('id')
    .where('resource_id', '=', resourceId)
    .where('digest', '=', digest)
    .executeTakeFirst();
  if (known !== undefined) return known.id;
  const id = newId<VersionId>(now);
  const position = resource.last_position + 1;
  await trx
    .insertInto('versions')
    .values({
      id,
      resource_id: resourceId,
      position,
      digest,
      version_json: JSON.stringify(pushed.version),
      metadata_json: JSON.stringify(pushed.metadata),
      triggers: 1,
      disabled: 0,
      first_seen_at: now,
    })
    .execute();
  await trx.updateTable('resources').set({ last_position: position }).where('id', '=', resourceId).execute();
  return id;
}

/** Takes the resource's row, so that two reports about it do not give one position twice. */
export async function lockResource(trx: Db, dialect: SqlDialect, id: ResourceId) {
  await dialect.lockRow(trx, 'resources', id);
  const resource = await trx
    .selectFrom('resources')
    .select(['last_position', 'checked_once', 'pipeline_id'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (resource === undefined) throw notFound('resource', id);
  return resource;
}

export function versionRecord({ versions }: SqlContext, row: Schema['versions']): VersionRecord {
  const { id, metadata_json: metadataJson } = row;
  let known = versions.get(id);
  if (known?.metadataJson !== metadataJson) {
    const version = parseColumn(versionFields, row.version_json, 'versions.version_json');
    const metadata = parseColumn(versionMetadata, metadataJson, 'versions.metadata_json');
    known = versions.set(id, { version, metadataJson, metadata });
  }
  return {
    id,
    resourceId: row.resource_id,
    version: known.version,
    metadata: known.metadata,
    position: row.position,
    triggers: row.triggers === 1,
    disabled: row.disabled === 1,
    disabledMark: markOf(row.disabled_by, row.disabled_at, row.disabled_note),
    firstSeenAt: row.first_seen_at,
    ...(row.event_json !== null && { event: parseColumn(buildEvent, row.event_json, 'versions.event_json') }),
    ...(row.revision_id !== null && { revisionId: row.revision_id }),
  };
}
