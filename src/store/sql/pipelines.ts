import type { Instant } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { newId, type PipelineId, type RevisionId } from '../../lib/ids.ts';
import type { PipelineRecord } from '../records.ts';
import type { PipelineStore, SetPipeline } from '../store.ts';
import { LIVE } from './attempt-end.ts';
import { flag, note, notFound, orUndefined, type SqlContext, write } from './context.ts';
import { canonicalText, digestOf } from './json-column.ts';
import { pausedColumns } from './mark-columns.ts';
import type { Db } from './schema.ts';
import { setJobs } from './set-jobs.ts';
import { setResources } from './set-resources.ts';

export function createPipelineStore(context: SqlContext): PipelineStore {
  const { db } = context;
  return {
    setPipeline: (command) => write(context, (trx) => setPipeline(trx, context, command)),

    // Builds, versions and logs go with it, by their foreign keys.
    deletePipeline: (id) =>
      write(context, async (trx) => {
        const found = await trx.selectFrom('pipelines').select('team_id').where('id', '=', id).executeTakeFirst();
        if (found === undefined) return [];
        // A pipeline that is being set is either set before, or made anew after.
        await context.dialect.lockRow(trx, 'teams', found.team_id);
        const live = await trx
          .selectFrom('attempts')
          .innerJoin('builds', 'builds.id', 'attempts.build_id')
          .select(['attempts.id', 'attempts.build_id as buildId'])
          .where('builds.pipeline_id', '=', id)
          .where('attempts.status', 'in', LIVE)
          .execute();
        await trx.deleteFrom('pipelines').where('id', '=', id).execute();
        await note(trx, context.clock.now(), 'pipeline', { pipelineId: id });
        return live;
      }),

    findPipeline: async (team, name) => {
      const row = await pipelineRows(db)
        .where('teams.name', '=', team)
        .where('pipelines.name', '=', name)
        .executeTakeFirst();
      return row === undefined ? undefined : pipelineRecord(row);
    },

    getPipeline: (id) => getPipeline(db, id),

    listPipelines: async (team) => {
      const all = pipelineRows(db).orderBy('teams.name').orderBy('pipelines.name');
      const rows = await (team === undefined ? all : all.where('teams.name', '=', team)).execute();
      return rows.map(pipelineRecord);
    },

    showPipeline: (id, toAll, now) =>
      write(context, async (trx) => {
        const updated = await trx
          .updateTable('pipelines')
          .set({ public: flag(toAll) })
          .where('id', '=', id)
          .executeTakeFirst();
        if (updated.numUpdatedRows === 0n) throw notFound('pipeline', id);
        await note(trx, now, 'pipeline', { pipelineId: id });
      }),

    pausePipeline: (id, mark, now) =>
      write(context, async (trx) => {
        const updated = await trx
          .updateTable('pipelines')
          .set(pausedColumns(mark))
          .where('id', '=', id)
          .executeTakeFirst();
        if (updated.numUpdatedRows === 0n) throw notFound('pipeline', id);
        const pipeline = await getPipeline(trx, id);
        const isStill = pipeline?.fork === true || pipeline?.archivedAt !== undefined;
        await trx
          .updateTable('resources')
          .set({ watched: flag(mark === undefined && !isStill) })
          .where('pipeline_id', '=', id)
          .where('active', '=', 1)
          .where('never_checked', '=', 0)
          .execute();
        await note(trx, now, 'pipeline', { pipelineId: id });
      }),
  };
}

async function setPipeline(
  trx: Db,
  context: SqlContext,
  command: SetPipeline,
): Promise<{ pipeline: PipelineRecord; created: boolean; changed: boolean }> {
  const { teamId, name, now } = command;
  await context.dialect.lockRow(trx, 'teams', teamId);
  const found = await trx
    .selectFrom('pipelines')
    .innerJoin('revisions', 'revisions.id', 'pipelines.revision_id')
    .select([
      'pipelines.id',
      'pipelines.revision',
      'pipelines.revision_id',
      'pipelines.paused_by',
      'pipelines.fork',
      'pipelines.archived_at',
      'revisions.digest',
    ])
    .where('pipelines.team_id', '=', teamId)
    .where('pipelines.name', '=', name)
    .executeTakeFirst();
  const inForce = found?.revision ?? 0;
  checkExpected(command, found);
  const variables = command.sealedVariablesDigest ?? command.sealedVariables ?? null;
  const digest = digestOf(canonicalText({ bundle: command.bundle, model: command.model, variables }));
  if (found !== undefined && found.digest === digest) {
    return { pipeline: await existing(trx, found.id), created: false, changed: false };
  }

  const id = found?.id ?? newId<PipelineId>(now);
  const revisionId = newId<RevisionId>(now);
  const force = { revision_id: revisionId, revision: inForce + 1, updated_at: now };
  if (found === undefined) {
    await trx
      .insertInto('pipelines')
      .values({
        id,
        team_id: teamId,
        name,
        ...force,
        public: 0,
        fork: command.fork === true ? 1 : null,
        created_at: now,
      })
      .execute();
  } else {
    const ofFork = command.fork === true ? { fork: 1 as const } : {};
    await trx
      .updateTable('pipelines')
      .set({ ...force, ...ofFork })
      .where('id', '=', id)
      .execute();
  }
  await trx
    .insertInto('revisions')
    .values({
      id: revisionId,
      pipeline_id: id,
      number: inForce + 1,
      bundle_json: JSON.stringify(command.bundle),
      model_json: JSON.stringify(command.model),
      digest,
      sealed_variables: command.sealedVariables ?? null,
      set_by: command.setBy,
      created_at: now,
      message: command.message ?? null,
      restored_from: command.restoredFrom ?? null,
      sources_json: command.sources === undefined ? null : JSON.stringify(command.sources),
    })
    .execute();
  // What a fork says is not looked at by anyone before somebody has released it.
  const fork = command.fork === true || found?.fork === 1;
  const target = { pipelineId: id, teamId, paused: fork || (found?.paused_by ?? found?.archived_at ?? null) !== null };
  await setResources(trx, target, command.model, command.firstCheckAt);
  await setJobs(trx, context.dialect, target, command.model, now);
  await note(trx, now, 'pipeline', { pipelineId: id });
  return { pipeline: await existing(trx, id), created: found === undefined, changed: true };
}

function checkExpected(
  { name, expectedRevision, expectedRevisionId }: SetPipeline,
  found: { readonly revision: number; readonly revision_id: RevisionId } | undefined,
): void {
  const inForce = found?.revision ?? 0;
  const sameNumber = expectedRevision === undefined || expectedRevision === inForce;
  if (sameNumber && (expectedRevisionId === undefined || expectedRevisionId === found?.revision_id)) return;
  throw new CodedError('store.stale_revision', describeStale(name, found?.revision, expectedRevision), {
    hint: 'read the pipeline again, make the change to it, and set it again',
  });
}

function describeStale(name: string, inForce: number | undefined, expected: number | undefined): string {
  if (inForce === undefined) return `pipeline ${name} is gone, and the change was made from a revision of it`;
  if (expected === 0) return `pipeline ${name} is there by now, at revision ${inForce}, and the change was to make it`;
  const from = expected === undefined || expected === inForce ? 'another one' : `revision ${expected}`;
  return `pipeline ${name} is at revision ${inForce}, and the change was made from ${from}`;
}

export async function getPipeline(db: Db, id: PipelineId): Promise<PipelineRecord | undefined> {
  const row = await pipelineRows(db).where('pipelines.id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : pipelineRecord(row);
}

async function existing(db: Db, id: PipelineId): Promise<PipelineRecord> {
  const pipeline = await getPipeline(db, id);
  if (pipeline === undefined) throw notFound('pipeline', id);
  return pipeline;
}

const pipelineRows = (db: Db) =>
  db
    .selectFrom('pipelines')
    .innerJoin('teams', 'teams.id', 'pipelines.team_id')
    .selectAll('pipelines')
    .select('teams.name as team');

type PipelineRow = Awaited<ReturnType<ReturnType<typeof pipelineRows>['executeTakeFirstOrThrow']>>;

function pipelineRecord(row: PipelineRow): PipelineRecord {
  return {
    id: row.id,
    teamId: row.team_id,
    team: row.team,
    name: row.name,
    revisionId: row.revision_id,
    revision: row.revision,
    pausedBy: orUndefined(row.paused_by),
    pausedAt: orUndefined<Instant>(row.paused_at),
    pausedReason: orUndefined(row.paused_note),
    public: row.public === 1,
    fork: row.fork === 1,
    archivedAt: orUndefined<Instant>(row.archived_at),
    archivedReason: orUndefined(row.archived_note),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
