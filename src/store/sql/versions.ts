/** Versions of resources, as checks and puts report them. */
import type { Instant } from '../../lib/clock.ts';
import { newId, type ResourceId, type VersionId } from '../../lib/ids.ts';
import { canonicalJson } from '../../lib/json.ts';
import type { VersionFields, VersionMetadata } from '../../protocol/version.ts';
import { versionFields, versionMetadata } from '../../protocol/version.ts';
import type { VersionRecord } from '../records.ts';
import { flag, notFound, portions, type SqlContext } from './context.ts';
import type { SqlDialect } from './dialect.ts';
import { digestOf, parseColumn } from './json-column.ts';
import { markOf } from './mark-columns.ts';
import type { Db, Schema } from './schema.ts';

export interface FoundVersion {
  readonly version: VersionFields;
  readonly metadata: VersionMetadata;
}

export const versionDigest = (version: VersionFields): string => digestOf(canonicalJson(version));

/**
 * Adds what is new, oldest first, behind what is known. Of the first report only the newest triggers: the rest is history.
 * Returns how many were new.
 */
export async function addVersions(
  trx: Db,
  dialect: SqlDialect,
  resourceId: ResourceId,
  found: readonly FoundVersion[],
  now: Instant,
): Promise<number> {
  const resource = await lockResource(trx, dialect, resourceId);
  const byDigest = new Map(found.map((item) => [versionDigest(item.version), item]));
  for (const digests of portions([...byDigest.keys()])) {
    const known = await trx
      .selectFrom('versions')
      .select('digest')
      .where('resource_id', '=', resourceId)
      .where('digest', 'in', digests)
      .execute();
    for (const { digest } of known) byDigest.delete(digest);
  }
  const newest = found.at(-1);
  const rows = [...byDigest].map(([digest, item], index) => ({
    id: newId<VersionId>(now),
    resource_id: resourceId,
    position: resource.last_position + 1 + index,
    digest,
    version_json: JSON.stringify(item.version),
    metadata_json: JSON.stringify(item.metadata),
    triggers: flag(resource.checked_once === 1 || item === newest),
    disabled: 0 as const,
    first_seen_at: now,
  }));
  for (const some of portions(rows, 100)) await trx.insertInto('versions').values(some).execute();
  await trx
    .updateTable('resources')
    .set({ last_position: resource.last_position + rows.length, checked_once: 1 })
    .where('id', '=', resourceId)
    .execute();
  return rows.length;
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
async function lockResource(trx: Db, dialect: SqlDialect, id: ResourceId) {
  await dialect.lockRow(trx, 'resources', id);
  const resource = await trx
    .selectFrom('resources')
    .select(['last_position', 'checked_once'])
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
  };
}
