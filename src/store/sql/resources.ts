import type { Instant } from '../../lib/clock.ts';
import type { ResourceId } from '../../lib/ids.ts';
import { checkSchedule } from '../../pipeline/model.ts';
import { problemDetail } from '../../protocol/events.ts';
import type { ResourceRecord } from '../records.ts';
import type { ResourceStore } from '../store.ts';
import { createCheckStore } from './checks.ts';
import { conflict, cursorNumber, flag, note, notFound, orUndefined, type SqlContext, write } from './context.ts';
import { parseOptional } from './json-column.ts';
import { markOf } from './mark-columns.ts';
import type { Db, Schema } from './schema.ts';
import { addVersions, versionRecord } from './versions.ts';

export function createResourceStore(context: SqlContext): ResourceStore {
  const { db, clock } = context;
  return {
    ...createCheckStore(context),

    listResources: async (pipelineId) => {
      const rows = await db
        .selectFrom('resources')
        .selectAll()
        .where('pipeline_id', '=', pipelineId)
        .orderBy('address')
        .execute();
      return rows.map(resourceRecord);
    },

    getResource: (id) => getResource(db, id),

    listVersions: async (resourceId, { limit, after }) => {
      const all = db
        .selectFrom('versions')
        .selectAll()
        .where('resource_id', '=', resourceId)
        .orderBy('position', 'desc')
        .limit(limit + 1);
      const rows = await (after === undefined ? all : all.where('position', '<', cursorNumber(after))).execute();
      const items = rows.slice(0, limit).map((row) => versionRecord(context, row));
      const last = items.at(-1);
      return { items, next: rows.length > limit && last !== undefined ? String(last.position) : undefined };
    },

    saveVersions: (resourceId, found, now) =>
      write(context, async (trx) => {
        const added = await addVersions(trx, context.dialect, resourceId, { versions: found }, now);
        if (added > 0) await noteResource(trx, resourceId, now);
        return added;
      }),

    disableVersion: (id, mark) =>
      write(context, async (trx) => {
        const version = await trx.selectFrom('versions').select('resource_id').where('id', '=', id).executeTakeFirst();
        if (version === undefined) throw notFound('version', id);
        await trx
          .updateTable('versions')
          .set({
            disabled: flag(mark !== undefined),
            disabled_by: mark?.by ?? null,
            disabled_at: mark?.at ?? null,
            disabled_note: mark?.reason ?? null,
          })
          .where('id', '=', id)
          .execute();
        await noteResource(trx, version.resource_id, clock.now());
      }),

    pinVersion: (resourceId, pin) =>
      write(context, async (trx) => {
        if (pin !== undefined) {
          const { versionId } = pin;
          const version = await trx
            .selectFrom('versions')
            .select('resource_id')
            .where('id', '=', versionId)
            .executeTakeFirst();
          if (version === undefined) throw notFound('version', versionId);
          if (version.resource_id !== resourceId) {
            throw conflict(`version ${versionId} is of another resource`, 'pin a resource to one of its own versions');
          }
        }
        const updated = await trx
          .updateTable('resources')
          .set({
            pinned_version_id: pin?.versionId ?? null,
            pinned_by: pin?.mark.by ?? null,
            pinned_at: pin?.mark.at ?? null,
            pinned_note: pin?.mark.reason ?? null,
          })
          .where('id', '=', resourceId)
          .executeTakeFirst();
        if (updated.numUpdatedRows === 0n) throw notFound('resource', resourceId);
        await noteResource(trx, resourceId, clock.now());
      }),

    dueResources: async (now, limit) => {
      const rows = await db
        .selectFrom('resources')
        .selectAll()
        .where('watched', '=', 1)
        .where('next_check_at', '<=', now)
        .where('open_check_id', 'is', null)
        .orderBy('next_check_at')
        .limit(limit)
        .execute();
      return rows.map(resourceRecord);
    },

    resourcesDueAfter: async (at) => {
      const rows = await db
        .selectFrom('resources')
        .selectAll()
        .where('watched', '=', 1)
        .where('next_check_at', '>', at)
        .where('open_check_id', 'is', null)
        .execute();
      return rows.map(resourceRecord);
    },

    nextCheckAt: async () => {
      const row = await db
        .selectFrom('resources')
        .select('next_check_at')
        .where('watched', '=', 1)
        .where('open_check_id', 'is', null)
        .orderBy('next_check_at')
        .limit(1)
        .executeTakeFirst();
      return row?.next_check_at;
    },
  };
}

export async function getResource(db: Db, id: ResourceId): Promise<ResourceRecord | undefined> {
  const row = await db.selectFrom('resources').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : resourceRecord(row);
}

async function noteResource(trx: Db, resourceId: ResourceId, now: Instant): Promise<void> {
  const { pipeline_id: pipelineId } = await trx
    .selectFrom('resources')
    .select('pipeline_id')
    .where('id', '=', resourceId)
    .executeTakeFirstOrThrow();
  await note(trx, now, 'resource', { pipelineId, resourceId });
}

export function resourceRecord(row: Schema['resources']): ResourceRecord {
  return {
    id: row.id,
    pipelineId: row.pipeline_id,
    address: row.address,
    type: row.type,
    name: row.name,
    schedule: parseOptional(checkSchedule, row.schedule_json, 'resources.schedule_json'),
    pinnedVersionId: orUndefined(row.pinned_version_id),
    pinned: markOf(row.pinned_by, row.pinned_at, row.pinned_note),
    nextCheckAt: row.next_check_at,
    lastCheckAt: orUndefined(row.last_check_at),
    lastCheckStatus: orUndefined(row.last_check_status),
    lastCheckProblem: parseOptional(problemDetail, row.last_check_problem_json, 'resources.last_check_problem_json'),
    openCheckId: orUndefined(row.open_check_id),
    lastCheckLog: row.last_check_log,
    neverChecked: row.never_checked === 1,
    active: row.active === 1,
  };
}
