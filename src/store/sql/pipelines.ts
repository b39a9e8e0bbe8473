import type { Instant } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { newId, type PipelineId, type RevisionId } from '../../lib/ids.ts';
import { type Pipeline, pipeline as pipelineSchema, sourceBundle } from '../../pipeline/model.ts';
import type { PipelineRecord } from '../records.ts';
import type { PipelineStore, SetPipeline } from '../store.ts';
import { flag, note, notFound, orUndefined, type SqlContext, write } from './context.ts';
import { canonicalText, digestOf, parseColumn } from './json-column.ts';
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
        await trx.deleteFrom('pipelines').where('id', '=', id).execute();
        await note(trx, context.clock.now(), 'pipeline', { pipelineId: id });
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

    getRevision: async (id) => {
      const row = await db.selectFrom('revisions').selectAll().where('id', '=', id).executeTakeFirst();
      if (row === undefined) return undefined;
      return {
        id: row.id,
        pipelineId: row.pipeline_id,
        number: row.number,
        bundle: parseColumn(sourceBundle, row.bundle_json, 'revisions.bundle_json'),
        model: await loadModel(context, db, id),
        sealedVariables: orUndefined(row.sealed_variables),
        setBy: row.set_by,
        createdAt: row.created_at,
      };
    },

    pausePipeline: (id, by, now) =>
      write(context, async (trx) => {
        const paused = by === undefined ? { paused_by: null, paused_at: null } : { paused_by: by, paused_at: now };
        const updated = await trx.updateTable('pipelines').set(paused).where('id', '=', id).executeTakeFirst();
        if (updated.numUpdatedRows === 0n) throw notFound('pipeline', id);
        await trx
          .updateTable('resources')
          .set({ watched: flag(by === undefined) })
          .where('pipeline_id', '=', id)
          .where('active', '=', 1)
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
    .select(['pipelines.id', 'pipelines.revision', 'pipelines.paused_by', 'revisions.digest'])
    .where('pipelines.team_id', '=', teamId)
    .where('pipelines.name', '=', name)
    .executeTakeFirst();
  const inForce = found?.revision ?? 0;
  if (command.expectedRevision !== undefined && command.expectedRevision !== inForce) {
    throw new CodedError(
      'store.stale_revision',
      `pipeline ${name} is at revision ${inForce}, and the change was made from revision ${command.expectedRevision}`,
      { hint: 'read the pipeline again, make the change to it, and set it again' },
    );
  }
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
      .values({ id, team_id: teamId, name, ...force, public: 0, created_at: now })
      .execute();
  } else {
    await trx.updateTable('pipelines').set(force).where('id', '=', id).execute();
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
    })
    .execute();
  const target = { pipelineId: id, teamId, paused: (found?.paused_by ?? null) !== null };
  await setResources(trx, target, command.model, command.firstCheckAt);
  await setJobs(trx, context.dialect, target, command.model, now);
  await note(trx, now, 'pipeline', { pipelineId: id });
  return { pipeline: await existing(trx, id), created: found === undefined, changed: true };
}

/** The parsed model of a revision, which never changes. */
export function loadModel(context: SqlContext, db: Db, id: RevisionId): Promise<Pipeline> {
  return context.models.getOr(id, async () => {
    const row = await db.selectFrom('revisions').select('model_json').where('id', '=', id).executeTakeFirst();
    if (row === undefined) throw notFound('revision', id);
    return parseColumn(pipelineSchema, row.model_json, 'revisions.model_json');
  });
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
    public: row.public === 1,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
