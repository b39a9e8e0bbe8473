/**
 * What the scheduler decides on, in one consistent look. How much is read is bounded, whatever the history:
 *
 * - versions: the newest 1,000 of each resource, and any older one that a passed build had, that is pinned, or that a waiting build has. For a resource
 *   that some job gets `every` version of, pages further back are read as long as the oldest one read is still unused: those versions are used oldest first,
 *   so what lies behind a used one has been used.
 * - passed builds: the newest 200 of each job that is named in a `passed`. A version that passed only before that is as good as not passed.
 * - used versions: one row per job and version (`used_versions`), from the oldest version read on. A pushed version counts as used by its job.
 */
import type { BuildId, JobId, PipelineId, ResourceId, VersionId } from '../../lib/ids.ts';
import type { Job } from '../../pipeline/model.ts';
import type { GetStep } from '../../pipeline/plan.ts';
import type { JobRecord, VersionRecord } from '../records.ts';
import type { InputChoice, SchedulingFacts } from '../store.ts';
import { portions, type SqlContext } from './context.ts';
import { listJobs } from './jobs.ts';
import { stepsOf } from './new-build.ts';
import { getPipeline, loadModel } from './pipelines.ts';
import { resourceRecord } from './resources.ts';
import type { Db } from './schema.ts';
import { versionRecord } from './versions.ts';

const VERSIONS = 1_000;
const PASSED_BUILDS = 200;
/** Behind every position: the largest number a 32 bit column can be compared with. */
const BEYOND = 2_147_483_647;

export async function schedulingFacts(
  trx: Db,
  context: SqlContext,
  id: PipelineId,
): Promise<SchedulingFacts | undefined> {
  const pipeline = await getPipeline(trx, id);
  if (pipeline === undefined) return undefined;
  const model = await loadModel(context, trx, pipeline.revisionId);
  const gets = new Map(model.jobs.map((job) => [job.name, getsOf(job)]));
  const upstream = new Set([...gets.values()].flat().flatMap((get) => get.passed));
  const jobRecords = (await listJobs(trx, id)).filter((job) => job.active);

  const passed = new Map<JobId, Awaited<ReturnType<typeof passedBuilds>>>();
  const pending = new Map<JobId, Awaited<ReturnType<typeof pendingBuild>>>();
  for (const job of jobRecords) {
    if (upstream.has(job.name)) passed.set(job.id, await passedBuilds(trx, job.id));
    pending.set(job.id, await pendingBuild(trx, job.id));
  }
  const wanted = new Set([
    ...[...passed.values()].flat().flatMap((build) => [...build.versions.values()]),
    ...[...pending.values()].flatMap((build) => build?.inputs.map((input) => input.versionId) ?? []),
  ]);

  const resources = await resourcesWithVersions(trx, id, jobRecords, gets, wanted);
  const jobs = [];
  for (const job of jobRecords) {
    jobs.push({
      ...job,
      pending: pending.get(job.id),
      used: await usedVersions(trx, job.id, gets.get(job.name) ?? [], resources),
      passed: passed.get(job.id) ?? [],
    });
  }
  return { pipeline, model, jobs, resources };
}

const getsOf = (job: Job): readonly GetStep[] => stepsOf(job).filter((step) => step.kind === 'get');

async function resourcesWithVersions(
  trx: Db,
  id: PipelineId,
  jobs: readonly JobRecord[],
  gets: ReadonlyMap<string, readonly GetStep[]>,
  wanted: ReadonlySet<VersionId>,
): Promise<SchedulingFacts['resources']> {
  const rows = await trx.selectFrom('resources').selectAll().where('pipeline_id', '=', id).orderBy('address').execute();
  const older = new Set(wanted);
  const loaded = new Map<ResourceId, VersionRecord[]>();
  for (const row of rows) {
    if (row.active === 0) continue;
    const every = jobs.filter((job) =>
      gets.get(job.name)?.some((get) => get.resource === row.address && get.version === 'every'),
    );
    const versions = await newestVersions(
      trx,
      row.id,
      every.map((job) => job.id),
    );
    for (const version of versions) older.delete(version.id);
    if (row.pinned_version_id !== null && !versions.some((version) => version.id === row.pinned_version_id)) {
      older.add(row.pinned_version_id);
    }
    loaded.set(row.id, versions);
  }
  for (const ids of portions([...older])) {
    const found = await trx.selectFrom('versions').selectAll().where('id', 'in', ids).execute();
    for (const version of found.map(versionRecord)) loaded.get(version.resourceId)?.push(version);
  }
  return rows.flatMap((row) => {
    const versions = loaded.get(row.id);
    if (versions === undefined) return [];
    return [{ ...resourceRecord(row), versions: versions.sort((a, b) => b.position - a.position) }];
  });
}

async function newestVersions(trx: Db, id: ResourceId, every: readonly JobId[]): Promise<VersionRecord[]> {
  const versions: VersionRecord[] = [];
  let before = BEYOND;
  for (;;) {
    const page = await trx
      .selectFrom('versions')
      .selectAll()
      .where('resource_id', '=', id)
      .where('position', '<', before)
      .orderBy('position', 'desc')
      .limit(VERSIONS)
      .execute();
    versions.push(...page.map(versionRecord));
    const oldest = page.at(-1);
    if (oldest === undefined || page.length < VERSIONS || oldest.triggers === 0 || every.length === 0) return versions;
    const used = await trx
      .selectFrom('used_versions')
      .select('job_id')
      .where('job_id', 'in', every)
      .where('resource_id', '=', id)
      .where('position', '=', oldest.position)
      .execute();
    if (used.length === every.length) return versions;
    before = oldest.position;
  }
}

async function usedVersions(
  trx: Db,
  jobId: JobId,
  gets: readonly GetStep[],
  resources: SchedulingFacts['resources'],
): Promise<ReadonlySet<VersionId>> {
  const used = new Set<VersionId>();
  const addresses = new Set(gets.map((get) => get.resource));
  for (const resource of resources) {
    if (resource.versions.length === 0 || !addresses.has(resource.address)) continue;
    const ofResource = trx
      .selectFrom('used_versions')
      .select('version_id')
      .where('job_id', '=', jobId)
      .where('resource_id', '=', resource.id);
    // The versions that follow each other are a range; what stands alone far behind them is asked for by itself.
    const positions = resource.versions.map((version) => version.position);
    const gap = positions.findIndex((position, index) => index > 0 && position < (positions[index - 1] ?? 0) - 1);
    const together = gap < 0 ? positions : positions.slice(0, gap);
    const rows = await ofResource.where('position', '>=', together.at(-1) ?? 0).execute();
    for (const alone of portions(gap < 0 ? [] : positions.slice(gap))) {
      rows.push(...(await ofResource.where('position', 'in', alone).execute()));
    }
    for (const row of rows) used.add(row.version_id);
  }
  return used;
}

/** The automatic build of a job whose versions may still be changed: nobody took it yet. */
async function pendingBuild(trx: Db, jobId: JobId): Promise<SchedulingFacts['jobs'][number]['pending']> {
  const build = await trx
    .selectFrom('builds')
    .select(['id', 'revision_id'])
    .where('job_id', '=', jobId)
    .where('status', '=', 'pending')
    .where('replaceable', '=', 1)
    .where('attempts', '=', 0)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (build === undefined) return undefined;
  return { buildId: build.id, revisionId: build.revision_id, inputs: await inputsOf(trx, build.id) };
}

async function inputsOf(trx: Db, buildId: BuildId): Promise<readonly InputChoice[]> {
  const rows = await trx
    .selectFrom('build_versions')
    .select(['step', 'resource_id', 'version_id'])
    .where('build_id', '=', buildId)
    .where('direction', '=', 'in')
    .execute();
  return rows.map((row) => ({ step: row.step, resourceId: row.resource_id, versionId: row.version_id }));
}

async function passedBuilds(trx: Db, jobId: JobId) {
  const builds = await trx
    .selectFrom('builds')
    .select(['id', 'number'])
    .where('job_id', '=', jobId)
    .where('passed', '=', 1)
    .orderBy('number', 'desc')
    .limit(PASSED_BUILDS)
    .execute();
  const versions = new Map(builds.map((build) => [build.id, new Map<ResourceId, VersionId>()]));
  for (const ids of portions([...versions.keys()])) {
    const rows = await trx
      .selectFrom('build_versions')
      .select(['build_id', 'resource_id', 'version_id'])
      .where('build_id', 'in', ids)
      // 'in' before 'out': what a build pushed stands for it, not what it had got.
      .orderBy('build_id')
      .orderBy('direction')
      .execute();
    for (const row of rows) versions.get(row.build_id)?.set(row.resource_id, row.version_id);
  }
  return builds.map((build) => ({
    buildId: build.id,
    number: build.number,
    versions: versions.get(build.id) ?? new Map<ResourceId, VersionId>(),
  }));
}
