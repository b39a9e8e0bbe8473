/** How a build comes to be: its number, its plan, its versions, all in the transaction of the command that asked for it. */
import type { Instant } from '../../lib/clock.ts';
import { type BuildId, type JobId, newId, type PipelineId, type RevisionId } from '../../lib/ids.ts';
import type { BuildPlan } from '../../pipeline/plan.ts';
import type { Hooks, Step } from '../../pipeline/plan-step.ts';
import { actsOutside } from '../../pipeline/plan-walk.ts';
import { type InputChoice, inputSetKey, type NewBuild } from '../scheduling-facts.ts';
import { gateOf } from './approval-votes.ts';
import { endBuild, lockBuild, markUsed } from './build-moves.ts';
import { conflict, flag, note, notFound, type SqlContext } from './context.ts';
import { beginReport } from './forge-reports.ts';
import { digestOf } from './json-column.ts';
import { changed, firstRow, prepared } from './prepared.ts';
import type { Db } from './schema.ts';

const count = prepared<{ jobId: JobId; by: number }>()((db, param) =>
  db
    .updateTable('jobs')
    .set((eb) => ({ last_number: eb('last_number', '+', param('by')) }))
    .where('id', '=', param('jobId')),
);
const placeOf = prepared<{ jobId: JobId; revisionId: RevisionId }>()((db, param) =>
  db
    .selectFrom('jobs')
    .innerJoin('pipelines', 'pipelines.id', 'jobs.pipeline_id')
    .innerJoin('revisions', 'revisions.pipeline_id', 'pipelines.id')
    .select([
      ...(['jobs.last_number', 'jobs.pipeline_id', 'pipelines.team_id', 'pipelines.fork'] as const),
      'revisions.number as revision',
    ])
    .where('jobs.id', '=', param('jobId'))
    .where('revisions.id', '=', param('revisionId')),
);

/**
 * Makes a build, with the next number of its job. An automatic one is left out (`undefined`) when the job has a build of the same
 * versions, or another automatic one that still waits and may be changed.
 */
export async function insertBuild(
  trx: Db,
  context: SqlContext,
  build: NewBuild,
  now: Instant,
): Promise<BuildId | undefined> {
  const { jobId, plan } = build;
  // Counting takes the job's row: numbers have no gaps and no two builds of one set are made, however many servers decide.
  if ((await changed(count(trx, { jobId, by: 1 }))) === 0) throw notFound('job', jobId);
  const inputSet = digestOf(inputSetKey(build.inputs));
  const replaceable =
    build.automatic &&
    build.fixed !== true &&
    !stepsOf(plan).some((step) => step.kind === 'get' && step.version === 'every');
  if (build.automatic && (await isThere(trx, build, inputSet, replaceable))) {
    await count(trx, { jobId, by: -1 });
    return undefined;
  }

  const job = await firstRow(placeOf(trx, { jobId, revisionId: build.revisionId }));
  if (job === undefined) throw notFound('revision', build.revisionId);
  const id = newId<BuildId>(now);
  const { status, ...gate } = gateOf(plan, now);
  const { cause, inputs } = build;
  const retried = cause.kind === 'retry' ? { jobId, number: cause.ofNumber } : undefined;
  const event = await eventOf(trx, inputs, retried);
  await trx
    .insertInto('builds')
    .values({
      id,
      job_id: jobId,
      pipeline_id: job.pipeline_id,
      team_id: job.team_id,
      number: job.last_number,
      status,
      ...gate,
      ...givenColumns(build),
      cause_json: JSON.stringify(build.cause),
      revision_id: build.revisionId,
      revision: job.revision,
      plan_digest: await savePlan(trx, context, job.pipeline_id, plan),
      input_set: inputSet,
      automatic: flag(build.automatic),
      replaceable: flag(replaceable),
      rank: -build.priority,
      created_at: now,
      attempts: 0,
      retries: 0,
      effect_steps_json: JSON.stringify(effectSteps(plan)),
      effects_began: 0,
      holds_slot: 0,
      passed: 0,
      event_json: event,
      held: job.fork,
    })
    .execute();
  await insertTags(trx, id, plan);
  await insertInputs(trx, { buildId: id, inputs, retried });
  if (!replaceable && build.inputs.length > 0) await markUsed(trx, context.dialect, id);
  if (event !== null) await beginReport(trx, id, event, now);
  if (build.problem !== undefined) {
    await endBuild(trx, context.dialect, await lockBuild(trx, context.dialect, id), 'errored', now, build.problem);
  }
  await note(trx, now, 'build', { pipelineId: job.pipeline_id, jobId, buildId: id });
  return id;
}

/** Of the version that has one; a retry is of what the build was that it repeats. */
async function eventOf(trx: Db, inputs: readonly InputChoice[], retried: Retried | undefined): Promise<string | null> {
  if (retried !== undefined) {
    const row = await trx
      .selectFrom('builds')
      .select('event_json')
      .where('job_id', '=', retried.jobId)
      .where('number', '=', retried.number)
      .executeTakeFirst();
    return row?.event_json ?? null;
  }
  if (inputs.length === 0) return null;
  const row = await trx
    .selectFrom('versions')
    .select('event_json')
    .where(
      'id',
      'in',
      inputs.map(({ versionId }) => versionId),
    )
    .where('event_json', 'is not', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.event_json ?? null;
}

async function isThere(trx: Db, build: NewBuild, inputSet: string, replaceable: boolean): Promise<boolean> {
  const same = await trx
    .selectFrom('builds')
    .select('id')
    .where('job_id', '=', build.jobId)
    .where('input_set', '=', inputSet)
    // One that was withdrawn before anyone began it used nothing.
    .where((eb) => eb.or([eb('status', '!=', 'skipped'), eb('attempts', '>', 0)]))
    .limit(1)
    .executeTakeFirst();
  if (same !== undefined || !replaceable) return same !== undefined;
  const waiting = await trx
    .selectFrom('builds')
    .select('id')
    .where('job_id', '=', build.jobId)
    .where('status', 'in', ['pending', 'waiting_for_approval'])
    .where('replaceable', '=', 1)
    .where('attempts', '=', 0)
    .limit(1)
    .executeTakeFirst();
  return waiting !== undefined;
}

/** What a build was given, as columns. */
export const givenColumns = ({ inputValues, sealedInputs }: Pick<NewBuild, 'inputValues' | 'sealedInputs'>) => ({
  input_values_json:
    inputValues === undefined || Object.keys(inputValues).length === 0 ? null : JSON.stringify(inputValues),
  sealed_inputs: sealedInputs ?? null,
});

/** Stored once for each text: builds of one revision share it. */
export async function savePlan(trx: Db, context: SqlContext, pipelineId: PipelineId, plan: BuildPlan): Promise<string> {
  const text = JSON.stringify(plan);
  const digest = digestOf(text);
  await context.dialect
    .ignoreTaken(trx.insertInto('plans').values({ pipeline_id: pipelineId, digest, plan_json: text }))
    .execute();
  return digest;
}

export async function replaceInputs(trx: Db, buildId: BuildId, plan: BuildPlan, inputs: readonly InputChoice[]) {
  await trx.deleteFrom('build_tags').where('build_id', '=', buildId).execute();
  await trx.deleteFrom('build_versions').where('build_id', '=', buildId).where('direction', '=', 'in').execute();
  await insertTags(trx, buildId, plan);
  await insertInputs(trx, { buildId, inputs });
}

async function insertTags(trx: Db, buildId: BuildId, plan: BuildPlan): Promise<void> {
  for (const tag of new Set(plan.tags)) {
    await trx.insertInto('build_tags').values({ build_id: buildId, tag }).execute();
  }
}

/**
 * The build's inputs, with copies of their versions. Error: `store.conflict` when a version is not there (any more); a retry finds it in
 * the build that it repeats.
 */
async function insertInputs(
  trx: Db,
  { buildId, inputs, retried }: { buildId: BuildId; inputs: readonly InputChoice[]; retried?: Retried | undefined },
): Promise<void> {
  for (const input of inputs) {
    const copy = (await knownVersion(trx, input)) ?? (retried && (await retriedVersion(trx, retried, input)));
    if (copy === undefined) {
      throw conflict(
        `version ${input.versionId} for step ${input.step} is not there any more`,
        'its resource was changed meanwhile: decide again',
      );
    }
    await trx
      .insertInto('build_versions')
      .values({
        build_id: buildId,
        direction: 'in',
        step: input.step,
        resource_id: input.resourceId,
        version_id: input.versionId,
        ...copy,
      })
      .execute();
  }
}

interface Retried {
  readonly jobId: JobId;
  readonly number: number;
}

async function knownVersion(trx: Db, { versionId, resourceId }: InputChoice) {
  return trx
    .selectFrom('versions')
    .innerJoin('resources', 'resources.id', 'versions.resource_id')
    .select(['resources.address as resource', 'versions.version_json', 'versions.metadata_json'])
    .where('versions.id', '=', versionId)
    .where('versions.resource_id', '=', resourceId)
    .executeTakeFirst();
}

async function retriedVersion(trx: Db, { jobId, number }: Retried, { versionId }: InputChoice) {
  return trx
    .selectFrom('builds')
    .innerJoin('build_versions', 'build_versions.build_id', 'builds.id')
    .select(['build_versions.resource', 'build_versions.version_json', 'build_versions.metadata_json'])
    .where('builds.job_id', '=', jobId)
    .where('builds.number', '=', number)
    .where('build_versions.version_id', '=', versionId)
    .executeTakeFirst();
}

/** Ids of the steps whose effects outside must not be repeated by an automatic retry. */
export function effectSteps(plan: BuildPlan): readonly string[] {
  return stepsOf(plan)
    .filter((step) => actsOutside(step, plan))
    .map((step) => step.id);
}

/** Every step of a job or its plan: in groups and in hooks too. */
export function stepsOf(plan: Pick<BuildPlan, 'steps' | 'hooks'>): readonly Step[] {
  const all: Step[] = [];
  const walk = (steps: readonly Step[]): void => {
    for (const step of steps) {
      all.push(step);
      if (step.kind === 'in_parallel') walk(step.steps);
      walkHooks(step.hooks);
    }
  };
  const walkHooks = (hooks: Hooks): void => {
    for (const steps of [hooks.onSuccess, hooks.onFailure, hooks.onError, hooks.onCancel, hooks.ensure]) {
      if (steps !== undefined) walk(steps);
    }
  };
  walk(plan.steps);
  walkHooks(plan.hooks);
  return all;
}
