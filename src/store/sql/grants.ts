/**
 * Work is given out here, in one transaction: look for the best, take it by conditional UPDATE, and when somebody else was quicker,
 * undo everything and look again.
 */
import { type AttemptId, type BuildId, type CheckId, type JobId, newId, type RevisionId } from '../../lib/ids.ts';
import { versionFields } from '../../protocol/version.ts';
import type { AttemptStore, GrantRequest } from '../attempt-store.ts';
import type { GrantedBuild, GrantedCheck, GrantedWork } from '../records.ts';
import { LIVE } from './attempt-end.ts';
import { lockBuild, markUsed, moveBuild } from './build-moves.ts';
import { buildDetail, existingAttempt } from './build-rows.ts';
import { existingCheck } from './checks.ts';
import { notFound, orUndefined, type SqlContext, write } from './context.ts';
import { parseOptional } from './json-column.ts';
import { getPipeline } from './pipelines.ts';
import { changed, firstRow, prepared } from './prepared.ts';
import { getResource } from './resources.ts';
import { loadModel } from './revisions.ts';
import type { Db } from './schema.ts';
import { createWorkQueue, type WorkQueue } from './work-queue.ts';

/** Somebody else took it between our look and our update. Undoes the transaction; never leaves this file. */
class TakenMeanwhile extends Error {}

const TRIES = 5;

export function createGrant(context: SqlContext): AttemptStore['grant'] {
  const queue = createWorkQueue(context.dialect);
  return async (request) => {
    for (let tried = 1; ; tried++) {
      try {
        return await write(context, (trx) => grantOnce(trx, context, queue, request));
      } catch (error) {
        if (!(error instanceof TakenMeanwhile)) throw error;
        // Others are busy taking work: the question is asked again anyway.
        if (tried === TRIES) return undefined;
      }
    }
  };
}

async function grantOnce(
  trx: Db,
  context: SqlContext,
  queue: WorkQueue,
  request: GrantRequest,
): Promise<GrantedWork | undefined> {
  await context.dialect.lockRow(trx, 'workers', request.workerId);
  const again = await grantedBefore(trx, context, request);
  if (again !== undefined) return again;
  if (await isAway(trx, request)) return undefined;
  if (request.kinds.includes('check')) {
    const check = await queue.nextCheck(trx, request);
    if (check !== undefined) return takeCheck(trx, context, check, request);
  }
  if (request.kinds.includes('build')) {
    const build = await queue.nextBuild(trx, request);
    if (build !== undefined) return takeBuild(trx, context, build, request);
  }
  return undefined;
}

type Question = Pick<GrantRequest, 'question' | 'workerId'>;
const askedAttempt = prepared<Question>()((db, param) =>
  db
    .selectFrom('attempts')
    .select('id')
    .where('question', '=', param('question'))
    .where('worker_id', '=', param('workerId'))
    .where('status', 'in', LIVE),
);
const askedCheck = prepared<Question>()((db, param) =>
  db
    .selectFrom('checks')
    .select('id')
    .where('question', '=', param('question'))
    .where('worker_id', '=', param('workerId'))
    .where('status', '=', 'running'),
);

/** A question that was answered gets the same answer while what it got is under way: the first one was lost on its way. */
async function grantedBefore(
  trx: Db,
  context: SqlContext,
  { question, workerId }: GrantRequest,
): Promise<GrantedWork | undefined> {
  const attempt = await firstRow(askedAttempt(trx, { question, workerId }));
  if (attempt !== undefined) return grantedBuild(trx, context, attempt.id);
  const check = await firstRow(askedCheck(trx, { question, workerId }));
  return check === undefined ? undefined : grantedCheck(trx, context, check.id);
}

const statusOf = prepared<Pick<Question, 'workerId'>>()((db, param) =>
  db.selectFrom('workers').select('status').where('id', '=', param('workerId')),
);

/** A question may be held for a worker that was stopped, is drained or has left: what it were given would only be lost. Heard of again, it runs again. */
async function isAway(trx: Db, { workerId }: GrantRequest): Promise<boolean> {
  const status = (await firstRow(statusOf(trx, { workerId })))?.status;
  return status === 'lost' || status === 'gone' || status === 'draining';
}

async function takeCheck(trx: Db, context: SqlContext, id: CheckId, request: GrantRequest): Promise<GrantedCheck> {
  const leaseUntil = (await context.dialect.leaseClock(trx, request.now)) + request.leaseMs;
  const taken = await trx
    .updateTable('checks')
    .set((eb) => ({
      status: 'running' as const,
      fencing: eb('fencing', '+', 1),
      started_at: request.now,
      worker_id: request.workerId,
      question: request.question,
      lease_until: leaseUntil,
    }))
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .executeTakeFirst();
  if (taken.numUpdatedRows !== 1n) throw new TakenMeanwhile();
  return grantedCheck(trx, context, id);
}

async function takeBuild(trx: Db, context: SqlContext, id: BuildId, request: GrantRequest): Promise<GrantedBuild> {
  const { dialect } = context;
  const build = await lockBuild(trx, dialect, id);
  if (build.status !== 'pending') throw new TakenMeanwhile();
  if (build.holds_slot === 0) await takeSlots(trx, context, id, build.job_id);
  const number = build.attempts + 1;
  await moveBuild(trx, build, 'running', request.now, {
    attempts: number,
    not_before: null,
    problem_json: null,
    holds_slot: 1,
    ...(build.attempts === 0 ? { started_at: request.now } : {}),
  });
  if (build.replaceable === 1 && build.attempts === 0) await markUsed(trx, dialect, id);
  const worker = await trx.selectFrom('workers').select('name').where('id', '=', request.workerId).executeTakeFirst();
  const attemptId = newId<AttemptId>(request.now);
  await trx
    .insertInto('attempts')
    .values({
      id: attemptId,
      build_id: id,
      number,
      status: 'granted',
      worker_id: request.workerId,
      worker: worker?.name ?? request.workerId,
      // Attempts of a build count up, and only the newest one is in force: its number is the fence.
      fencing: number,
      lease_until: (await dialect.leaseClock(trx, request.now)) + request.leaseMs,
      cancel_requested: 0,
      granted_at: request.now,
      last_event: 0,
      question: request.question,
    })
    .execute();
  return grantedBuild(trx, context, attemptId);
}

const takeRoom = prepared<{ jobId: JobId }>()((db, param) =>
  db
    .updateTable('jobs')
    .set((eb) => ({ held: eb('held', '+', 1) }))
    .where('id', '=', param('jobId'))
    .where((eb) => eb.or([eb('concurrency', 'is', null), eb('held', '<', eb.ref('concurrency'))])),
);
/** In one order for all, so that two servers do not wait for each other. */
const groupsOf = prepared<{ jobId: JobId }>()((db, param) =>
  db
    .selectFrom('job_groups')
    .select(['pipeline_id', 'group_name'])
    .where('job_id', '=', param('jobId'))
    .orderBy('group_name'),
);

async function takeSlots(trx: Db, { dialect }: SqlContext, id: BuildId, jobId: JobId): Promise<void> {
  if ((await changed(takeRoom(trx, { jobId }))) !== 1) throw new TakenMeanwhile();
  const { rows: groups } = await groupsOf(trx, { jobId });
  for (const group of groups) {
    const taken = await dialect
      .ignoreTaken(trx.insertInto('slots').values({ ...group, build_id: id }))
      .executeTakeFirst();
    if (taken.numInsertedOrUpdatedRows !== 1n) throw new TakenMeanwhile();
  }
}

const retriesOf = prepared<{ id: BuildId }>()((db, param) =>
  db
    .selectFrom('builds')
    .innerJoin('jobs', 'jobs.id', 'builds.job_id')
    .select(['builds.retries', 'jobs.error_retries'])
    .where('builds.id', '=', param('id')),
);
const builtBefore = prepared<{ jobId: JobId; number: number }>()((db, param) =>
  db
    .selectFrom('builds')
    .select('status')
    .where('job_id', '=', param('jobId'))
    .where('number', '<', param('number'))
    .where('status', 'in', ['succeeded', 'warning', 'failed', 'errored'])
    .orderBy('number', 'desc')
    .limit(1),
);

async function grantedBuild(trx: Db, context: SqlContext, id: AttemptId): Promise<GrantedBuild> {
  const attempt = await existingAttempt(trx, id);
  const build = await buildDetail(context, trx, attempt.buildId);
  if (build === undefined) throw notFound('build', attempt.buildId);
  const { rows } = await retriesOf(trx, { id: build.id });
  const before = await firstRow(builtBefore(trx, { jobId: build.jobId, number: build.number }));
  return {
    kind: 'build',
    attempt,
    build,
    retries: rows[0]?.retries ?? 0,
    errorRetries: orUndefined(rows[0]?.error_retries ?? null),
    previousStatus: before?.status,
    sealedVariables: await sealedVariables(trx, build.revisionId),
  };
}

async function grantedCheck(trx: Db, context: SqlContext, id: CheckId): Promise<GrantedCheck> {
  const check = await existingCheck(trx, id);
  const resource = await getResource(trx, check.resourceId);
  if (resource === undefined) throw notFound('resource', check.resourceId);
  const pipeline = await getPipeline(trx, resource.pipelineId);
  if (pipeline === undefined) throw notFound('pipeline', resource.pipelineId);
  const newest = await trx
    .selectFrom('versions')
    .select('version_json')
    .where('resource_id', '=', resource.id)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  return {
    kind: 'check',
    check,
    resource,
    pipeline,
    model: await loadModel(context, trx, pipeline.revisionId),
    last: parseOptional(versionFields, newest?.version_json ?? null, 'versions.version_json'),
    sealedVariables: await sealedVariables(trx, pipeline.revisionId),
  };
}

async function sealedVariables(trx: Db, id: RevisionId): Promise<string | undefined> {
  const row = await trx.selectFrom('revisions').select('sealed_variables').where('id', '=', id).executeTakeFirst();
  return orUndefined(row?.sealed_variables ?? null);
}
