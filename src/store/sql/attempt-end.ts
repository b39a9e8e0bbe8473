/** How attempts end, and what becomes of their builds. */
import type { Instant } from '../../lib/clock.ts';
import type { AttemptId, WorkerId } from '../../lib/ids.ts';
import type { ProblemDetail } from '../../protocol/events.ts';
import { isLasting } from '../../protocol/lasting.ts';
import { type AttemptStatus, mayAttemptMove, type Outcome } from '../../protocol/status.ts';
import type { AppendOptions } from '../attempt-store.ts';
import type { AttemptRecord } from '../records.ts';
import { endBuild, type LiveBuild, lockBuild, moveBuild } from './build-moves.ts';
import { attemptRecord, attemptRow } from './build-rows.ts';
import { conflict, note } from './context.ts';
import type { SqlDialect } from './dialect.ts';
import type { Db, Schema } from './schema.ts';

/** Attempts that a worker is, or may be, working on. */
export const LIVE = ['granted', 'running', 'cancelling'] as const satisfies readonly AttemptStatus[];

export const isLive = (status: AttemptStatus): boolean => (LIVE as readonly AttemptStatus[]).includes(status);

type AttemptKey = Pick<Schema['attempts'], 'id' | 'number' | 'status' | 'worker'>;

/** Moves an attempt by compare-and-set on its status. Error: `store.conflict`. */
export async function moveAttempt(
  db: Db,
  attempt: AttemptKey,
  to: AttemptStatus,
  changes: {
    readonly outcome?: Outcome;
    readonly problem_json?: string | null;
    readonly started_at?: Instant;
    readonly ended_at?: Instant;
    readonly cancel_requested?: 1;
  } = {},
): Promise<void> {
  if (!mayAttemptMove(attempt.status, to)) {
    throw conflict(`attempt ${attempt.number} is ${attempt.status} and cannot become ${to}`, 'look at the build again');
  }
  const moved = await db
    .updateTable('attempts')
    .set({ status: to, ...changes })
    .where('id', '=', attempt.id)
    .where('status', '=', attempt.status)
    .executeTakeFirst();
  if (moved.numUpdatedRows !== 1n) {
    throw conflict(`attempt ${attempt.number} was changed by somebody else at the same time`, 'try again');
  }
}

/** Asks the running attempt of a build to stop; asking twice changes nothing. */
export async function requestCancel(db: Db, build: LiveBuild, by: string, now: Instant): Promise<AttemptRecord> {
  const attempt = await db
    .selectFrom('attempts')
    .selectAll()
    .where('build_id', '=', build.id)
    .where('number', '=', build.attempts)
    .executeTakeFirstOrThrow();
  if (attempt.status !== 'cancelling') {
    await moveAttempt(db, attempt, 'cancelling', { cancel_requested: 1 });
    await db.updateTable('builds').set({ cancel_requested_by: by }).where('id', '=', build.id).execute();
    await note(db, now, 'build', { pipelineId: build.pipeline_id, jobId: build.job_id, buildId: build.id });
  }
  return { ...attemptRecord(attempt), status: 'cancelling', cancelRequested: true };
}

/**
 * What becomes of a build whose attempt is over. An `errored` one is tried again by itself unless it was to be cancelled, a `put` or
 * `notify` had started in any attempt, the retries are used, or the error would only be met again. `errors` are those of the attempt's steps.
 */
export async function settleBuild(
  db: Db,
  dialect: SqlDialect,
  build: LiveBuild,
  outcome: Outcome,
  problem: ProblemDetail | undefined,
  { now, errorRetries, retryAt }: AppendOptions,
  errors: readonly ProblemDetail[] = [],
): Promise<void> {
  const causes = problem === undefined ? errors : [problem, ...errors];
  const mayPass = build.cancel_requested_by === null && build.effects_began === 0 && !causes.some(isLasting);
  if (outcome === 'errored' && mayPass) {
    const job = await db
      .selectFrom('jobs')
      .select('error_retries')
      .where('id', '=', build.job_id)
      .executeTakeFirstOrThrow();
    if (build.retries < (job.error_retries ?? errorRetries)) {
      const retries = build.retries + 1;
      // The problem stays to be seen while the build waits for its next try.
      const [cause] = causes;
      const problemJson = cause === undefined ? null : JSON.stringify(cause);
      await moveBuild(db, build, 'pending', now, { retries, not_before: retryAt(retries), problem_json: problemJson });
      return;
    }
  }
  await endBuild(db, dialect, build, outcome, now, problem);
}

/** A build and its attempt, after taking the build's row; `undefined` when the attempt is over by then. */
async function lockLive(db: Db, dialect: SqlDialect, key: Pick<Schema['attempts'], 'id' | 'build_id'>) {
  const build = await lockBuild(db, dialect, key.build_id);
  const attempt = await attemptRow(db, key.id);
  return attempt !== undefined && isLive(attempt.status) ? { build, attempt } : undefined;
}

/** Ends an attempt as `lost`, unless it is over: its worker is gone, or says that it was cut off. Gives the build it changed. */
export async function loseAttempt(
  db: Db,
  dialect: SqlDialect,
  key: Pick<Schema['attempts'], 'id' | 'build_id'>,
  options: AppendOptions,
): Promise<LiveBuild | undefined> {
  const live = await lockLive(db, dialect, key);
  if (live === undefined) return undefined;
  const { build, attempt } = live;
  const problem: ProblemDetail = {
    code: 'build.worker_lost',
    message: `worker lost: ${attempt.worker} was not heard of in time`,
    hint: 'was it stopped, or cut off from the server? its own log says more',
  };
  const cancelled = build.cancel_requested_by !== null;
  await moveAttempt(db, attempt, 'lost', {
    outcome: cancelled ? 'cancelled' : 'errored',
    problem_json: JSON.stringify(problem),
    ended_at: options.now,
  });
  await settleBuild(db, dialect, build, cancelled ? 'cancelled' : 'errored', problem, options);
  return build;
}

/** What a leaving worker was granted and has not begun goes back at once, and costs the build no retry. */
export async function giveBackUnbegun(db: Db, dialect: SqlDialect, workerId: WorkerId, now: Instant): Promise<void> {
  const unbegun = await db
    .selectFrom('attempts')
    .select(['id', 'build_id'])
    .where('worker_id', '=', workerId)
    .where('status', 'in', LIVE)
    .where('started_at', 'is', null)
    .execute();
  for (const key of unbegun) {
    const live = await lockLive(db, dialect, key);
    if (live === undefined || live.attempt.started_at !== null) continue;
    await moveAttempt(db, live.attempt, 'lost', { ended_at: now });
    if (live.build.cancel_requested_by === null) await moveBuild(db, live.build, 'pending', now, { not_before: null });
    else await endBuild(db, dialect, live.build, 'cancelled', now);
  }
}

export async function attemptKeys(db: Db, ids: readonly AttemptId[]) {
  if (ids.length === 0) return [];
  return db
    .selectFrom('attempts')
    .select(['id', 'build_id', 'number', 'status', 'worker', 'worker_id', 'fencing', 'cancel_requested'])
    .where('id', 'in', ids)
    .execute();
}
