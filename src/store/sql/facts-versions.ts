/**
 * Versions that the scheduler must know.
 *
 * - Of each resource the newest 50, and if a person disabled all of these, the newest that nobody disabled: `latest` is among them.
 * - Any older one that a passed build had, that a waiting build has, or that a person pinned.
 * - The newest 1,000 where fields are pinned in the text: what matches them is looked for among those.
 * - Where a job gets `every` version: pages of 1,000, further back as long as the oldest one read is still unused. They are used oldest first, so
 *   what lies a page behind a used one has been used, or had passed and is known by that.
 *
 * Which of them a job used is exact for all that are read (`used_versions` has one row per job and version).
 */
import type { JobId, PipelineId, ResourceId, VersionId } from '../../lib/ids.ts';
import type { Pipeline } from '../../pipeline/model.ts';
import type { GetStep } from '../../pipeline/plan-step.ts';
import type { VersionRecord } from '../records.ts';
import type { SchedulingFacts } from '../scheduling-facts.ts';
import { portions, type SqlContext } from './context.ts';
import { prepared } from './prepared.ts';
import { resourceRecord } from './resources.ts';
import type { Db, Schema } from './schema.ts';
import { versionRecord } from './versions.ts';

const NEWEST = 50;
const PAGE = 1_000;
/** Behind every position: the largest number a 32 bit column can be compared with. */
const BEYOND = 2_147_483_647;

interface JobGets {
  readonly id: JobId;
  readonly gets: readonly GetStep[];
}

interface Asked {
  readonly rows: readonly Schema['resources'][];
  readonly model: Pipeline;
  readonly jobs: readonly JobGets[];
  readonly wanted: ReadonlySet<VersionId>;
}

export const resourceRows = (trx: Db, id: PipelineId): Promise<readonly Schema['resources'][]> =>
  trx.selectFrom('resources').selectAll().where('pipeline_id', '=', id).orderBy('address').execute();

/** Only these. */
export async function namedResourceRows(
  trx: Db,
  id: PipelineId,
  named: { readonly addresses: readonly string[]; readonly ids: ReadonlySet<ResourceId> },
): Promise<readonly Schema['resources'][]> {
  const found = new Map<ResourceId, Schema['resources']>();
  const ofPipeline = trx.selectFrom('resources').selectAll().where('pipeline_id', '=', id);
  for (const some of portions([...new Set(named.addresses)])) {
    for (const row of await ofPipeline.where('address', 'in', some).execute()) found.set(row.id, row);
  }
  for (const some of portions([...named.ids].filter((one) => !found.has(one)))) {
    for (const row of await ofPipeline.where('id', 'in', some).execute()) found.set(row.id, row);
  }
  return [...found.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** Active resources, each with its versions newest first. */
export async function resourcesWithVersions(
  trx: Db,
  context: SqlContext,
  { rows, model, jobs, wanted }: Asked,
): Promise<SchedulingFacts['resources']> {
  const pinned = new Set(model.resources.flatMap((one) => (one.pinned === undefined ? [] : [one.address])));
  const older = new Set(wanted);
  const loaded = new Map<ResourceId, VersionRecord[]>();
  for (const row of rows) {
    if (row.active === 0) continue;
    const getting = jobs.filter((job) => job.gets.some((get) => get.resource === row.address));
    const gets = getting.flatMap((job) => job.gets.filter((get) => get.resource === row.address));
    const every = getting.filter((job) =>
      job.gets.some((get) => get.resource === row.address && get.version === 'every'),
    );
    const far = every.length > 0 || pinned.has(row.address) || gets.some((get) => typeof get.version === 'object');
    const versions = (await newestVersions(trx, row.id, every, far ? PAGE : NEWEST)).map((version) =>
      versionRecord(context, version),
    );
    for (const version of versions) older.delete(version.id);
    if (row.pinned_version_id !== null && !versions.some((version) => version.id === row.pinned_version_id)) {
      older.add(row.pinned_version_id);
    }
    loaded.set(row.id, versions);
  }
  for (const ids of portions([...older])) {
    const found = await trx.selectFrom('versions').selectAll().where('id', 'in', ids).execute();
    for (const row of found) {
      const versions = loaded.get(row.resource_id);
      if (versions?.some((version) => version.id === row.id) === false) versions.push(versionRecord(context, row));
    }
  }
  return rows.flatMap((row) => {
    const versions = loaded.get(row.id);
    if (versions === undefined) return [];
    return [{ ...resourceRecord(row), versions: versions.sort((a, b) => b.position - a.position) }];
  });
}

const selectPage = prepared<{ id: ResourceId; before: number; limit: number }>()((db, param) =>
  db
    .selectFrom('versions')
    .selectAll()
    .where('resource_id', '=', param('id'))
    .where('position', '<', param('before'))
    .orderBy('position', 'desc')
    .limit(param('limit')),
);
const selectEnabled = prepared<{ id: ResourceId; before: number }>()((db, param) =>
  db
    .selectFrom('versions')
    .selectAll()
    .where('resource_id', '=', param('id'))
    .where('position', '<', param('before'))
    .where('disabled', '=', 0)
    .orderBy('position', 'desc')
    .limit(1),
);

async function newestVersions(
  trx: Db,
  id: ResourceId,
  every: readonly JobGets[],
  limit: number,
): Promise<readonly Schema['versions'][]> {
  const versions: Schema['versions'][] = [];
  let before = BEYOND;
  for (;;) {
    const { rows: page } = await selectPage(trx, { id, before, limit });
    versions.push(...page);
    const oldest = page.at(-1);
    if (oldest === undefined || page.length < limit) return versions;
    before = oldest.position;
    if (every.length === 0 || oldest.triggers === 0 || (await isUsedByAll(trx, every, oldest))) break;
  }
  if (versions.every((version) => version.disabled === 1)) {
    versions.push(...(await selectEnabled(trx, { id, before })).rows);
  }
  return versions;
}

async function isUsedByAll(trx: Db, jobs: readonly JobGets[], version: Schema['versions']): Promise<boolean> {
  const used = await trx
    .selectFrom('used_versions')
    .select('job_id')
    .where(
      'job_id',
      'in',
      jobs.map((job) => job.id),
    )
    .where('resource_id', '=', version.resource_id)
    .where('position', '=', version.position)
    .execute();
  return used.length === jobs.length;
}

const selectUsed = prepared<{ jobId: JobId; id: ResourceId; from: number }>()((db, param) =>
  db
    .selectFrom('used_versions')
    .select('version_id')
    .where('job_id', '=', param('jobId'))
    .where('resource_id', '=', param('id'))
    .where('position', '>=', param('from')),
);

export async function usedVersions(
  trx: Db,
  { id: jobId, gets }: JobGets,
  resources: SchedulingFacts['resources'],
): Promise<ReadonlySet<VersionId>> {
  const used = new Set<VersionId>();
  const addresses = new Set(gets.map((get) => get.resource));
  for (const { id, address, versions } of resources) {
    if (versions.length === 0 || !addresses.has(address)) continue;
    // The versions that follow each other are a range; what stands alone far behind them is asked for by itself.
    const positions = versions.map((version) => version.position);
    const gap = positions.findIndex((position, index) => index > 0 && position < (positions[index - 1] ?? 0) - 1);
    const together = gap < 0 ? positions : positions.slice(0, gap);
    const { rows } = await selectUsed(trx, { jobId, id, from: together.at(-1) ?? 0 });
    for (const row of rows) used.add(row.version_id);
    for (const alone of portions(gap < 0 ? [] : positions.slice(gap))) {
      const found = await trx
        .selectFrom('used_versions')
        .select('version_id')
        .where('job_id', '=', jobId)
        .where('resource_id', '=', id)
        .where('position', 'in', alone)
        .execute();
      for (const row of found) used.add(row.version_id);
    }
  }
  return used;
}
