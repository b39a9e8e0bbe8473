/** The resources of a pipeline follow its newest revision. They are the same as long as their address is. */
import type { Instant } from '../../lib/clock.ts';
import { newId, type PipelineId, type ResourceId, type TeamId } from '../../lib/ids.ts';
import type { Pipeline, Resource } from '../../pipeline/model.ts';
import { flag } from './context.ts';
import { canonicalText } from './json-column.ts';
import type { Db } from './schema.ts';

export interface SetTarget {
  readonly pipelineId: PipelineId;
  readonly teamId: TeamId;
  readonly paused: boolean;
}

/** What is watched: another type or other parameters watch something else. Where an expression stands in the text does not matter. */
export function resourceIdentity(resource: Pick<Resource, 'type' | 'params' | 'repository'>): string {
  // It may move, and is the same.
  if (resource.repository !== undefined) return canonicalText({ type: resource.type, repository: resource.repository });
  const params = Object.entries(resource.params).map(([name, value]) => [
    name,
    value.kind === 'known' ? { value: value.value } : { expression: value.expression },
  ]);
  return canonicalText({ type: resource.type, params: Object.fromEntries(params) });
}

export async function setResources(trx: Db, target: SetTarget, model: Pipeline, firstCheckAt: Instant): Promise<void> {
  const { pipelineId, teamId } = target;
  const there = await trx
    .selectFrom('resources')
    .select(['id', 'address', 'identity', 'active', 'open_check_id'])
    .where('pipeline_id', '=', pipelineId)
    .execute();
  const byAddress = new Map(there.map((row) => [row.address, row]));

  for (const resource of model.resources) {
    const identity = resourceIdentity(resource);
    const isMade = model.types.resources[resource.type]?.engine !== undefined || resource.repository !== undefined;
    const now = {
      type: resource.type,
      name: resource.name,
      schedule_json: resource.schedule === undefined ? null : JSON.stringify(resource.schedule),
      identity,
      active: 1 as const,
      watched: flag(!target.paused && !isMade),
      never_checked: flag(isMade),
    };
    const old = byAddress.get(resource.address);
    byAddress.delete(resource.address);
    const fresh = { ...NEVER_CHECKED, next_check_at: firstCheckAt };
    const id = old?.id ?? newId<ResourceId>();
    if (old === undefined) {
      const values = { id, pipeline_id: pipelineId, team_id: teamId, address: resource.address, last_position: 0 };
      await trx
        .insertInto('resources')
        .values({ ...values, ...now, ...fresh })
        .execute();
    } else if (old.identity !== identity) {
      // Its positions go on counting, so that what jobs used of the old versions is never taken for the new ones.
      await trx.deleteFrom('versions').where('resource_id', '=', id).execute();
      if (old.open_check_id !== null) await trx.deleteFrom('checks').where('id', '=', old.open_check_id).execute();
      await trx
        .updateTable('resources')
        .set({ ...now, ...fresh })
        .where('id', '=', id)
        .execute();
    } else {
      const due = old.active === 1 ? {} : { next_check_at: firstCheckAt };
      await trx
        .updateTable('resources')
        .set({ ...now, ...due })
        .where('id', '=', id)
        .execute();
    }
    await trx.deleteFrom('resource_tags').where('resource_id', '=', id).execute();
    for (const tag of new Set(resource.tags)) {
      await trx.insertInto('resource_tags').values({ resource_id: id, tag }).execute();
    }
  }
  for (const gone of byAddress.values()) {
    if (gone.active === 0) continue;
    // Nobody wants the answer of a check that still waits; one under way may end as it likes.
    await trx.updateTable('resources').set({ active: 0, watched: 0 }).where('id', '=', gone.id).execute();
  }
}

const NEVER_CHECKED = {
  pinned_version_id: null,
  pinned_by: null,
  pinned_at: null,
  pinned_note: null,
  last_check_at: null,
  last_check_status: null,
  last_check_problem_json: null,
  last_check_log: '',
  checked_once: 0,
  open_check_id: null,
} as const;
