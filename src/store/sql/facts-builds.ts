/**
 * Builds that the scheduler must know: those that an `interruptible` job may stop; those that wait as they are and must not any more; those that let versions pass (the newest 200 of each job that is named in a `passed`; what passed only
 * before that is as good as not passed), and those that wait and may be changed (at most one of each job).
 */
import type { BuildId, JobId, ResourceId, VersionId } from '../../lib/ids.ts';
import { type VersionFields, versionFields } from '../../protocol/version.ts';
import type { JobRecord } from '../records.ts';
import type { SchedulingFacts } from '../scheduling-facts.ts';
import { portions, type SqlContext } from './context.ts';
import { parseColumn } from './json-column.ts';
import { prepared } from './prepared.ts';
import type { Db } from './schema.ts';

type PassedBuild = SchedulingFacts['jobs'][number]['passed'][number];
type LiveBuild = NonNullable<SchedulingFacts['jobs'][number]['live']>[number];
type StaleBuild = NonNullable<SchedulingFacts['jobs'][number]['queued']>[number];
type WaitingBuild = NonNullable<SchedulingFacts['jobs'][number]['pending']>;

export const PASSED_BUILDS = 200;

const newestPassed = prepared<{ jobId: JobId }>()((db, param) =>
  db
    .selectFrom('builds')
    .select(['id', 'number'])
    .where('job_id', '=', param('jobId'))
    .where('passed', '=', 1)
    .orderBy('number', 'desc')
    .limit(PASSED_BUILDS),
);

const newestDeleted = prepared<{ jobId: JobId }>()((db, param) =>
  db
    .selectFrom('passed_builds')
    .select(['id', 'number'])
    .where('job_id', '=', param('jobId'))
    .orderBy('number', 'desc')
    .limit(PASSED_BUILDS),
);

/** Newest first, those too of which only this is left. What a build had does not change once it has ended, so it is read once. */
export async function passedBuilds(trx: Db, { passed }: SqlContext, jobId: JobId): Promise<readonly PassedBuild[]> {
  const { rows: kept } = await newestPassed(trx, { jobId });
  const { rows: deleted } = await newestDeleted(trx, { jobId });
  const builds =
    deleted.length === 0 ? kept : [...kept, ...deleted].sort((a, b) => b.number - a.number).slice(0, PASSED_BUILDS);
  const had = new Map(builds.map((build) => [build.id, passed.get(build.id)]));
  const unknown = builds.filter((build) => had.get(build.id) === undefined).map((build) => build.id);
  for (const ids of portions(unknown)) {
    for (const [id, versions] of await versionsOf(trx, ids)) had.set(id, passed.set(id, versions));
    if (deleted.length === 0) continue;
    for (const [id, versions] of await deletedVersionsOf(trx, ids)) had.set(id, passed.set(id, versions));
  }
  return builds.map(({ id, number }) => ({ buildId: id, number, versions: had.get(id) ?? new Map() }));
}

async function deletedVersionsOf(trx: Db, ids: readonly BuildId[]) {
  const rows = await trx.selectFrom('passed_versions').selectAll().where('build_id', 'in', ids).execute();
  return new Map(
    [...Map.groupBy(rows, (row) => row.build_id)].map(([id, of]) => [
      id,
      new Map(of.map((row) => [row.resource_id, row.version_id])),
    ]),
  );
}

export async function versionsOf(
  trx: Db,
  ids: readonly BuildId[],
): Promise<ReadonlyMap<BuildId, Map<ResourceId, VersionId>>> {
  const rows = await trx
    .selectFrom('build_versions')
    .select(['build_id', 'resource_id', 'version_id'])
    .where('build_id', 'in', ids)
    // 'in' before 'out': what a build pushed stands for it, not what it had got.
    .orderBy('build_id')
    .orderBy('direction')
    .execute();
  const versions = new Map(ids.map((id) => [id, new Map<ResourceId, VersionId>()]));
  for (const row of rows) versions.get(row.build_id)?.set(row.resource_id, row.version_id);
  return versions;
}

/** By job: the automatic build whose versions may still be changed, because nobody took it yet. */
export async function waitingBuilds(trx: Db, jobs: readonly JobRecord[]): Promise<ReadonlyMap<JobId, WaitingBuild>> {
  const waiting = new Map<JobId, WaitingBuild>();
  for (const some of portions(jobs)) {
    const builds = await trx
      .selectFrom('builds')
      .select(['id', 'job_id', 'revision_id', 'status'])
      .where(
        'job_id',
        'in',
        some.map((job) => job.id),
      )
      .where('status', 'in', ['pending', 'waiting_for_approval'])
      .where('replaceable', '=', 1)
      .where('attempts', '=', 0)
      .execute();
    for (const build of builds) {
      const inputs = await inputsOf(trx, build.id);
      waiting.set(build.job_id, {
        buildId: build.id,
        revisionId: build.revision_id,
        inputs,
        needsApproval: build.status === 'waiting_for_approval',
      });
    }
  }
  return waiting;
}

/** By job: automatic builds that wait as they are, or run, and that nobody asked to stop. Oldest first. */
export async function liveBuilds(trx: Db, jobs: readonly JobRecord[]): Promise<ReadonlyMap<JobId, LiveBuild[]>> {
  const live = new Map<JobId, LiveBuild[]>();
  for (const job of jobs) {
    const rows = await trx
      .selectFrom('builds')
      .leftJoin('build_versions', (join) =>
        join.onRef('build_versions.build_id', '=', 'builds.id').on('direction', '=', 'in'),
      )
      .select(['builds.id', 'builds.number', 'builds.status', 'step', 'version_json'])
      .where('builds.job_id', '=', job.id)
      .where('builds.status', 'in', ['pending', 'waiting_for_approval', 'running'])
      .where('builds.automatic', '=', 1)
      .where('builds.cancel_requested_by', 'is', null)
      .where((eb) =>
        eb.or([eb('builds.status', '=', 'running'), eb('builds.replaceable', '=', 0), eb('builds.attempts', '>', 0)]),
      )
      .orderBy('builds.number')
      .execute();
    const builds = new Map<BuildId, LiveBuild & { versions: Map<string, VersionFields> }>();
    for (const { id, number, status, step, version_json } of rows) {
      const needsApproval = status === 'waiting_for_approval';
      const build = builds.get(id) ?? { buildId: id, number, needsApproval, versions: new Map() };
      if (step !== null && version_json !== null)
        build.versions.set(step, parseColumn(versionFields, version_json, 'build_versions.version_json'));
      builds.set(id, build);
    }
    live.set(job.id, [...builds.values()]);
  }
  return live;
}

/** By job: automatic builds that wait as they are with a version that was disabled, deleted or pinned away since. Builds without any such are many, and not read. */
export async function staleBuilds(trx: Db, jobs: readonly JobRecord[]): Promise<ReadonlyMap<JobId, StaleBuild[]>> {
  const stale = new Map<JobId, StaleBuild[]>();
  for (const some of portions(jobs)) {
    const ids = some.map((job) => job.id);
    for (const { id, job_id: jobId } of await staleBuildsOf(trx, ids)) {
      const one = { buildId: id, inputs: await inputsOf(trx, id) };
      stale.set(jobId, [...(stale.get(jobId) ?? []), one]);
    }
  }
  return stale;
}

const staleBuildsOf = (trx: Db, jobs: readonly JobId[]) =>
  trx
    .selectFrom('builds')
    .innerJoin('build_versions', 'build_versions.build_id', 'builds.id')
    .innerJoin('resources', 'resources.id', 'build_versions.resource_id')
    .leftJoin('versions', 'versions.id', 'build_versions.version_id')
    .select(['builds.id', 'builds.job_id'])
    .distinct()
    .where('builds.job_id', 'in', jobs)
    .where('builds.status', 'in', ['pending', 'waiting_for_approval'])
    .where('builds.automatic', '=', 1)
    .where('builds.replaceable', '=', 0)
    .where('builds.attempts', '=', 0)
    .where('build_versions.direction', '=', 'in')
    .where('resources.active', '=', 1)
    .where((eb) =>
      eb.or([
        eb('versions.id', 'is', null),
        eb('versions.disabled', '=', 1),
        eb('resources.pinned_version_id', '!=', eb.ref('build_versions.version_id')),
      ]),
    )
    .orderBy('builds.id')
    .execute();

async function inputsOf(trx: Db, buildId: BuildId): Promise<WaitingBuild['inputs']> {
  const rows = await trx
    .selectFrom('build_versions')
    .select(['step', 'resource_id', 'version_id'])
    .where('build_id', '=', buildId)
    .where('direction', '=', 'in')
    .execute();
  return rows.map((row) => ({ step: row.step, resourceId: row.resource_id, versionId: row.version_id }));
}
