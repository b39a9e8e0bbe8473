/** How a build goes from one status to the next: every change of a status goes through here. */
import type { Instant } from '../../lib/clock.ts';
import type { BuildId, JobId } from '../../lib/ids.ts';
import type { ProblemDetail } from '../../protocol/events.ts';
import { type BuildStatus, mayBuildMove, type Outcome, passes } from '../../protocol/status.ts';
import { conflict, flag, note, notFound } from './context.ts';
import type { SqlDialect } from './dialect.ts';
import { reportAgain } from './forge-reports.ts';
import { firstRow, prepared } from './prepared.ts';
import type { Db } from './schema.ts';

/** What moves need to know of a build. */
const MOVE_COLUMNS = [
  'id',
  'job_id',
  'pipeline_id',
  'number',
  'status',
  'attempts',
  'retries',
  'effect_steps_json',
  'effects_began',
  'automatic',
  'replaceable',
  'holds_slot',
  'cancel_requested_by',
  'plan_digest',
  'input_set',
  'asked_at',
  'approve_by',
  'event_json',
] as const;

const selectLive = prepared<{ id: BuildId }>()((db, param) =>
  db.selectFrom('builds').select(MOVE_COLUMNS).where('id', '=', param('id')),
);

/** Takes the build's row before it is looked at: until the transaction ends, nobody else moves it or its attempts. */
export async function lockBuild(db: Db, dialect: SqlDialect, id: BuildId) {
  await dialect.lockRow(db, 'builds', id);
  const row = await firstRow(selectLive(db, { id }));
  if (row === undefined) throw notFound('build', id);
  return row;
}

export type LiveBuild = Awaited<ReturnType<typeof lockBuild>>;

/**
 * Moves a build by compare-and-set on its status. Error: `store.conflict` when the move is illegal, or when another server moved it first.
 */
export async function moveBuild(
  db: Db,
  build: LiveBuild,
  to: BuildStatus,
  now: Instant,
  changes: {
    readonly attempts?: number;
    readonly retries?: number;
    readonly started_at?: Instant;
    readonly ended_at?: Instant;
    readonly not_before?: Instant | null;
    readonly problem_json?: string | null;
    readonly holds_slot?: 0 | 1;
    readonly passed?: 0 | 1;
    readonly cancel_requested_by?: string;
    readonly approve_by?: null;
  } = {},
): Promise<void> {
  if (!mayBuildMove(build.status, to)) {
    throw conflict(`build ${build.number} is ${build.status} and cannot become ${to}`, 'look at the build again');
  }
  const moved = await db
    .updateTable('builds')
    .set({ status: to, ...changes })
    .where('id', '=', build.id)
    .where('status', '=', build.status)
    .executeTakeFirst();
  if (moved.numUpdatedRows !== 1n) {
    throw conflict(`build ${build.number} was changed by somebody else at the same time`, 'try again');
  }
  if (build.event_json !== null) await reportAgain(db, build.id, now);
  await note(db, now, 'build', { pipelineId: build.pipeline_id, jobId: build.job_id, buildId: build.id });
}

const freeSlot = prepared<{ id: JobId }>()((db, param) =>
  db
    .updateTable('jobs')
    .set((eb) => ({ held: eb('held', '-', 1) }))
    .where('id', '=', param('id')),
);
const freeGroups = prepared<{ id: BuildId }>()((db, param) =>
  db.deleteFrom('slots').where('build_id', '=', param('id')),
);

/** Ends a build: its slot is free, and what it used is no longer new to its job. */
export async function endBuild(
  db: Db,
  dialect: SqlDialect,
  build: LiveBuild,
  outcome: Outcome,
  now: Instant,
  problem?: ProblemDetail,
  cancelledBy?: string,
): Promise<void> {
  await moveBuild(db, build, outcome, now, {
    ended_at: now,
    not_before: null,
    approve_by: null,
    problem_json: problem === undefined ? null : JSON.stringify(problem),
    holds_slot: 0,
    passed: flag(passes(outcome)),
    ...(cancelledBy === undefined ? {} : { cancel_requested_by: cancelledBy }),
  });
  if (build.holds_slot === 1) {
    await freeSlot(db, { id: build.job_id });
    await freeGroups(db, { id: build.id });
  }
  // A build that was withdrawn (skipped before anyone began it) used nothing; one that a person cancelled is not made again by itself.
  if (outcome !== 'skipped') await markUsed(db, dialect, build.id);
}

/** Writes down that the job had these versions, so that they are not new to it any more. */
export async function markUsed(db: Db, dialect: SqlDialect, buildId: BuildId): Promise<void> {
  await dialect
    .ignoreTaken(
      db
        .insertInto('used_versions')
        .columns(['job_id', 'resource_id', 'position', 'version_id'])
        .expression((eb) =>
          eb
            .selectFrom('build_versions')
            .innerJoin('builds', 'builds.id', 'build_versions.build_id')
            .innerJoin('versions', 'versions.id', 'build_versions.version_id')
            .select(['builds.job_id', 'versions.resource_id', 'versions.position', 'versions.id'])
            .where('build_versions.build_id', '=', buildId),
        ),
    )
    .execute();
}

/** A build that used its versions by being made is withdrawn: they are new to its job again, but for those that another build had. */
export async function unmarkUsed(db: Db, build: Pick<LiveBuild, 'id' | 'job_id'>): Promise<void> {
  await db
    .deleteFrom('used_versions')
    .where('job_id', '=', build.job_id)
    .where('version_id', 'in', (eb) =>
      eb
        .selectFrom('build_versions')
        .select('version_id')
        .where('build_id', '=', build.id)
        .where('direction', '=', 'in'),
    )
    .where('version_id', 'not in', (eb) =>
      eb
        .selectFrom('build_versions')
        .innerJoin('builds', 'builds.id', 'build_versions.build_id')
        .select('build_versions.version_id')
        .where('builds.job_id', '=', build.job_id)
        .where('builds.id', '!=', build.id)
        .where(({ eb: other, or }) => or([other('builds.status', '!=', 'skipped'), other('builds.attempts', '>', 0)]))
        .where(({ eb: other, or }) => or([other('builds.replaceable', '=', 0), other('builds.attempts', '>', 0)])),
    )
    .execute();
}
