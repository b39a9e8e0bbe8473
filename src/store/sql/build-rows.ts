/** Builds and attempts as records. */
import { z } from 'zod';
import type { AttemptId, BuildId } from '../../lib/ids.ts';
import type { Json } from '../../lib/json.ts';
import { type BuildPlan, buildPlan } from '../../pipeline/plan.ts';
import { buildEvent } from '../../protocol/build-event.ts';
import { cause } from '../../protocol/builds.ts';
import { problemDetail } from '../../protocol/events.ts';
import { versionFields, versionMetadata } from '../../protocol/version.ts';
import type { AttemptRecord, BuildDetail, BuildInput, BuildRecord } from '../records.ts';
import { seenOf, votesOn } from './approval-votes.ts';
import { notFound, orUndefined, portions, type SqlContext } from './context.ts';
import { parseColumn, parseOptional } from './json-column.ts';
import { markOf } from './mark-columns.ts';
import { firstRow, prepared } from './prepared.ts';
import type { Db, Schema } from './schema.ts';

const inputValues = z.record(z.string(), z.json() as z.ZodType<Json>);

/** Builds with the names of what they belong to. */
export const buildRows = (db: Db) =>
  db
    .selectFrom('builds')
    .innerJoin('jobs', 'jobs.id', 'builds.job_id')
    .innerJoin('pipelines', 'pipelines.id', 'builds.pipeline_id')
    .innerJoin('teams', 'teams.id', 'builds.team_id')
    .select([
      'builds.id',
      'builds.job_id',
      'jobs.name as job',
      'builds.pipeline_id',
      'pipelines.name as pipeline',
      'builds.team_id',
      'teams.name as team',
      'builds.number',
      'builds.status',
      'builds.cause_json',
      'builds.revision_id',
      'builds.revision',
      'builds.created_at',
      'builds.started_at',
      'builds.ended_at',
      'builds.problem_json',
      'builds.attempts',
      'builds.not_before',
      'builds.cancel_requested_by',
      'builds.plan_digest',
      'builds.asked_at',
      'builds.approve_by',
      'builds.log_deleted_at',
      'builds.input_set',
      'builds.event_json',
      'builds.held',
      'builds.released_by',
      'builds.released_at',
    ]);

type BuildRow = Awaited<ReturnType<ReturnType<typeof buildRows>['executeTakeFirstOrThrow']>>;

export function buildRecord(row: BuildRow): BuildRecord {
  return {
    id: row.id,
    jobId: row.job_id,
    job: row.job,
    pipelineId: row.pipeline_id,
    pipeline: row.pipeline,
    teamId: row.team_id,
    team: row.team,
    number: row.number,
    status: row.status,
    cause: parseColumn(cause, row.cause_json, 'builds.cause_json'),
    revisionId: row.revision_id,
    revision: row.revision,
    createdAt: row.created_at,
    startedAt: orUndefined(row.started_at),
    endedAt: orUndefined(row.ended_at),
    problem: parseOptional(problemDetail, row.problem_json, 'builds.problem_json'),
    attempts: row.attempts,
    notBefore: orUndefined(row.not_before),
    cancelRequestedBy: orUndefined(row.cancel_requested_by),
    logDeletedAt: orUndefined(row.log_deleted_at),
    hasGates: row.asked_at !== null,
    askedAt: row.status === 'waiting_for_approval' ? orUndefined(row.asked_at) : undefined,
    approveBy: orUndefined(row.approve_by),
    event: parseOptional(buildEvent, row.event_json, 'builds.event_json'),
    held: row.held === 1,
    released: markOf(row.released_by, row.released_at, null),
    seen: seenOf(row),
  };
}

const selectBuild = prepared<{ id: BuildId }>()((db, param) => buildRows(db).where('builds.id', '=', param('id')));
const selectVersions = prepared<{ id: BuildId }>()((db, param) =>
  db.selectFrom('build_versions').selectAll().where('build_id', '=', param('id')),
);
const selectAttempts = prepared<{ id: BuildId }>()((db, param) =>
  db.selectFrom('attempts').selectAll().where('build_id', '=', param('id')).orderBy('number'),
);
const selectAttempt = prepared<{ id: AttemptId }>()((db, param) =>
  db.selectFrom('attempts').selectAll().where('id', '=', param('id')),
);

export async function existingBuild(db: Db, id: BuildId): Promise<BuildRecord> {
  const row = await firstRow(selectBuild(db, { id }));
  if (row === undefined) throw notFound('build', id);
  return buildRecord(row);
}

export async function buildDetail(context: SqlContext, db: Db, id: BuildId): Promise<BuildDetail | undefined> {
  const row = await firstRow(selectBuild(db, { id }));
  if (row === undefined) return undefined;
  const { rows: versions } = await selectVersions(db, { id });
  const plan = await loadPlan(context, db, row.pipeline_id, row.plan_digest);
  return {
    ...buildRecord(row),
    plan,
    inputs: versions.filter((version) => version.direction === 'in').map(buildInput),
    outputs: versions.filter((version) => version.direction === 'out').map(buildInput),
    attemptList: await listAttempts(db, id),
    ...(plan.inputs === undefined ? { inputValues: {} } : await givenInputs(db, id)),
    votes: plan.approvals === undefined ? [] : ((await votesOn(db, [id])).get(id) ?? []),
  };
}

const selectGiven = prepared<{ id: BuildId }>()((db, param) =>
  db.selectFrom('builds').select(['input_values_json', 'sealed_inputs']).where('id', '=', param('id')),
);

async function givenInputs(db: Db, id: BuildId): Promise<Pick<BuildDetail, 'inputValues' | 'sealedInputs'>> {
  const row = await firstRow(selectGiven(db, { id }));
  return {
    inputValues: parseOptional(inputValues, row?.input_values_json ?? null, 'builds.input_values_json') ?? {},
    sealedInputs: orUndefined(row?.sealed_inputs ?? null),
  };
}

export function loadPlan(
  context: SqlContext,
  db: Db,
  pipelineId: Schema['plans']['pipeline_id'],
  digest: string,
): Promise<BuildPlan> {
  return context.plans.getOr(digest, async () => {
    const row = await db
      .selectFrom('plans')
      .select('plan_json')
      .where('pipeline_id', '=', pipelineId)
      .where('digest', '=', digest)
      .executeTakeFirst();
    if (row === undefined) throw notFound('plan', digest);
    return parseColumn(buildPlan, row.plan_json, 'plans.plan_json');
  });
}

function buildInput(row: Schema['build_versions']): BuildInput {
  return {
    step: row.step,
    resourceId: row.resource_id,
    resource: row.resource,
    versionId: row.version_id,
    version: parseColumn(versionFields, row.version_json, 'build_versions.version_json'),
    metadata: parseColumn(versionMetadata, row.metadata_json, 'build_versions.metadata_json'),
  };
}

export async function inputsOf(
  db: Db,
  builds: readonly BuildId[],
): Promise<ReadonlyMap<BuildId, readonly BuildInput[]>> {
  const inputs = new Map<BuildId, BuildInput[]>();
  for (const ids of portions(builds, 500)) {
    const rows = await db
      .selectFrom('build_versions')
      .selectAll()
      .where('direction', '=', 'in')
      .where('build_id', 'in', ids)
      .execute();
    for (const row of rows) inputs.set(row.build_id, [...(inputs.get(row.build_id) ?? []), buildInput(row)]);
  }
  return inputs;
}

export async function listAttempts(db: Db, buildId: BuildId): Promise<readonly AttemptRecord[]> {
  const { rows } = await selectAttempts(db, { id: buildId });
  return rows.map(attemptRecord);
}

export const attemptRow = (db: Db, id: AttemptId): Promise<Schema['attempts'] | undefined> =>
  firstRow(selectAttempt(db, { id }));

export async function existingAttempt(db: Db, id: AttemptId): Promise<AttemptRecord> {
  const row = await attemptRow(db, id);
  if (row === undefined) throw notFound('attempt', id);
  return attemptRecord(row);
}

export function attemptRecord(row: Schema['attempts']): AttemptRecord {
  return {
    id: row.id,
    buildId: row.build_id,
    number: row.number,
    status: row.status,
    outcome: orUndefined(row.outcome),
    problem: parseOptional(problemDetail, row.problem_json, 'attempts.problem_json'),
    workerId: row.worker_id,
    worker: row.worker,
    fencing: row.fencing,
    leaseUntil: row.lease_until,
    cancelRequested: row.cancel_requested === 1,
    grantedAt: row.granted_at,
    startedAt: orUndefined(row.started_at),
    endedAt: orUndefined(row.ended_at),
    lastEvent: row.last_event,
  };
}
