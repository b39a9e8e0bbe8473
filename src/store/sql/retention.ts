import type { ExpressionBuilder } from 'kysely';
import type { BuildId, JobId } from '../../lib/ids.ts';
import { isEnded } from '../../protocol/status.ts';
import type { ExpiredBuild, RetentionRule, RetentionStore } from '../retention.ts';
import { note, type SqlContext, write } from './context.ts';
import { PASSED_BUILDS, versionsOf } from './facts-builds.ts';
import type { Db, Schema } from './schema.ts';

/** No step writes more chunks than this in one go of `trimLog`, however short they are. */
const MOST_CHUNKS = 500;

export function createRetentionStore(context: SqlContext): RetentionStore {
  const { db } = context;
  return {
    expiredBuilds: (query) => expiredBuilds(db, query),

    deleteBuilds: (ids, now) =>
      write(context, async (trx) => {
        const touched = new Map<JobId, BuildId>();
        for (const id of ids) {
          await context.dialect.lockRow(trx, 'builds', id);
          const build = await trx
            .selectFrom('builds')
            .select(['id', 'job_id', 'number', 'status', 'passed'])
            .where('id', '=', id)
            .executeTakeFirst();
          if (build === undefined || !isEnded(build.status)) continue;
          if (build.passed === 1) await keepPassed(trx, build);
          // Attempts, logs, versions, votes, tests and artifacts go with it, by their foreign keys.
          await trx.deleteFrom('builds').where('id', '=', id).execute();
          touched.set(build.job_id, id);
        }
        for (const jobId of touched.keys()) {
          await trimPassed(trx, jobId);
          await note(trx, now, 'job', { jobId });
        }
      }),

    expiredLogs: async (endedBefore, limit) => {
      const rows = await db
        .selectFrom('builds')
        .select('id')
        .where('log_deleted_at', 'is', null)
        .where('ended_at', '<', endedBefore)
        .orderBy('ended_at')
        .limit(limit)
        .execute();
      return rows.map(({ id }) => id);
    },

    trimLog: (id, bytes) => write(context, (trx) => trimLog(trx, id, bytes)),

    markLogDeleted: (id, now) =>
      write(context, async (trx) => {
        const attempts = trx.selectFrom('attempts').select('id').where('build_id', '=', id);
        await trx.deleteFrom('step_logs').where('attempt_id', 'in', attempts).execute();
        await trx.updateTable('builds').set({ log_deleted_at: now }).where('id', '=', id).execute();
      }),
  };
}

async function expiredBuilds(
  db: Db,
  { jobId, rule, after = 0, limit }: Parameters<RetentionStore['expiredBuilds']>[0],
): Promise<readonly ExpiredBuild[]> {
  const beyond = await newestToGo(db, jobId, rule);
  const { endedBefore } = rule;
  if (beyond === undefined && endedBefore === undefined) return [];
  const newestPassed = await db
    .selectFrom('builds')
    .select('number')
    .where('job_id', '=', jobId)
    .where('passed', '=', 1)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  const rows = await db
    .selectFrom('builds')
    .select(['id', 'number', 'status', 'ended_at'])
    .where('job_id', '=', jobId)
    .where('number', '>', after)
    .where('number', '!=', newestPassed?.number ?? 0)
    .where('ended_at', 'is not', null)
    .where((eb) =>
      eb.or([
        ...(beyond === undefined ? [] : [eb('number', '<=', beyond)]),
        ...(endedBefore === undefined ? [] : [eb('ended_at', '<', endedBefore)]),
      ]),
    )
    .where((eb) => eb.not(eb.exists(neededArtifact(eb))))
    .orderBy('number')
    .limit(limit)
    .execute();
  return rows.flatMap(({ id, number, status, ended_at: endedAt }) => {
    if (endedAt === null || !isEnded(status)) return [];
    const why = endedBefore !== undefined && endedAt < endedBefore ? 'age' : 'count';
    return [{ id, number, status, endedAt, why } as const];
  });
}

/** Number of the newest build that is one too many. */
async function newestToGo(db: Db, jobId: JobId, { builds }: RetentionRule): Promise<number | undefined> {
  if (builds === undefined) return undefined;
  const row = await db
    .selectFrom('builds')
    .select('number')
    .where('job_id', '=', jobId)
    .orderBy('number', 'desc')
    .limit(1)
    .offset(builds)
    .executeTakeFirst();
  return row?.number ?? 0;
}

/** An artifact of the build that the next build of a job downstream would get, or that one which is kept has got and a retry would get again. */
const neededArtifact = (builds: ExpressionBuilder<Schema, 'builds'>) =>
  builds
    .selectFrom('artifacts')
    .innerJoin('build_versions as made', (join) =>
      join
        .onRef('made.build_id', '=', 'artifacts.build_id')
        .onRef('made.resource', '=', 'artifacts.resource')
        .on('made.direction', '=', 'out'),
    )
    .innerJoin('versions', 'versions.id', 'made.version_id')
    .select('artifacts.id')
    .whereRef('artifacts.build_id', '=', 'builds.id')
    .where((eb) =>
      eb.or([
        eb.not(
          eb.exists(
            eb
              .selectFrom('versions as newer')
              .select('newer.id')
              .whereRef('newer.resource_id', '=', 'versions.resource_id')
              .whereRef('newer.position', '>', 'versions.position'),
          ),
        ),
        eb.exists(
          eb
            .selectFrom('build_versions as got')
            .select('got.build_id')
            .whereRef('got.version_id', '=', 'made.version_id')
            .whereRef('got.build_id', '!=', 'made.build_id'),
        ),
      ]),
    );

/** The facts that jobs downstream go by outlive the build. */
async function keepPassed(trx: Db, build: { id: BuildId; job_id: JobId; number: number }): Promise<void> {
  const versions = (await versionsOf(trx, [build.id])).get(build.id) ?? new Map();
  await trx.insertInto('passed_builds').values({ id: build.id, job_id: build.job_id, number: build.number }).execute();
  for (const [resourceId, versionId] of versions) {
    await trx
      .insertInto('passed_versions')
      .values({ build_id: build.id, resource_id: resourceId, version_id: versionId })
      .execute();
  }
}

/** No more of them are ever looked at. */
async function trimPassed(trx: Db, jobId: JobId): Promise<void> {
  const first = await trx
    .selectFrom('passed_builds')
    .select('number')
    .where('job_id', '=', jobId)
    .orderBy('number', 'desc')
    .limit(1)
    .offset(PASSED_BUILDS)
    .executeTakeFirst();
  if (first === undefined) return;
  await trx.deleteFrom('passed_builds').where('job_id', '=', jobId).where('number', '<=', first.number).execute();
}

async function trimLog(trx: Db, id: BuildId, bytes: number): Promise<boolean> {
  const attempts = await trx.selectFrom('attempts').select('id').where('build_id', '=', id).orderBy('number').execute();
  for (const attempt of attempts) {
    const chunks = await trx
      .selectFrom('log_chunks')
      .select(['seq', 'size'])
      .where('attempt_id', '=', attempt.id)
      .orderBy('seq')
      .limit(MOST_CHUNKS)
      .execute();
    let [last, sum] = [0, 0];
    for (const { seq, size } of chunks) {
      if (sum > 0 && sum + size > bytes) break;
      last = seq;
      sum += size;
    }
    if (last === 0) continue;
    await trx.deleteFrom('log_chunks').where('attempt_id', '=', attempt.id).where('seq', '<=', last).execute();
    return true;
  }
  return false;
}
