/** Revisions, read: whole, and in lists without what makes them large. */
import { z } from 'zod';
import type { PipelineId, RevisionId } from '../../lib/ids.ts';
import { type Pipeline, pipeline as pipelineSchema, sourceBundle } from '../../pipeline/model.ts';
import type { RevisionRecord, RevisionSummary } from '../records.ts';
import type { RevisionStore } from '../store.ts';
import { cursorNumber, notFound, orUndefined, portions, type SqlContext } from './context.ts';
import { parseColumn, parseOptional } from './json-column.ts';
import type { Db, RevisionTable } from './schema.ts';

const texts = z.record(z.string(), z.string());

export function createRevisionStore(context: SqlContext): RevisionStore {
  const { db } = context;

  async function whole(row: RevisionTable | undefined): Promise<RevisionRecord | undefined> {
    if (row === undefined) return undefined;
    return {
      ...summary(row),
      bundle: parseColumn(sourceBundle, row.bundle_json, 'revisions.bundle_json'),
      model: await loadModel(context, db, row.id),
      sources: parseOptional(texts, row.sources_json, 'revisions.sources_json') ?? {},
      sealedVariables: orUndefined(row.sealed_variables),
    };
  }

  return {
    getRevision: async (id) =>
      whole(await db.selectFrom('revisions').selectAll().where('id', '=', id).executeTakeFirst()),

    findRevision: async (pipelineId, number) =>
      whole(await ofPipeline(db, pipelineId).selectAll().where('number', '=', number).executeTakeFirst()),

    listRevisions: async (pipelineId, { limit, after }) => {
      const all = ofPipeline(db, pipelineId)
        .select(['id', 'pipeline_id', 'number', 'set_by', 'created_at', 'message', 'restored_from'])
        .orderBy('number', 'desc')
        .limit(limit + 1);
      const rows = await (after === undefined ? all : all.where('number', '<', cursorNumber(after))).execute();
      const items = rows.slice(0, limit).map(summary);
      const last = items.at(-1);
      return { items, next: rows.length > limit && last !== undefined ? String(last.number) : undefined };
    },

    countHistory: async ({ jobs, resources }) => {
      const builds = new Map(jobs.map((id) => [id, 0]));
      const versions = new Map(resources.map((id) => [id, 0]));
      for (const some of portions(jobs)) {
        const rows = await db
          .selectFrom('builds')
          .select(({ fn }) => ['job_id', fn.countAll<number | bigint | string>().as('count')])
          .where('job_id', 'in', some)
          .groupBy('job_id')
          .execute();
        for (const { job_id, count } of rows) builds.set(job_id, Number(count));
      }
      for (const some of portions(resources)) {
        const rows = await db
          .selectFrom('versions')
          .select(({ fn }) => ['resource_id', fn.countAll<number | bigint | string>().as('count')])
          .where('resource_id', 'in', some)
          .groupBy('resource_id')
          .execute();
        for (const { resource_id, count } of rows) versions.set(resource_id, Number(count));
      }
      return { builds, versions };
    },
  };
}

const ofPipeline = (db: Db, id: PipelineId) => db.selectFrom('revisions').where('pipeline_id', '=', id);

/** The parsed model of a revision, which never changes. */
export function loadModel(context: SqlContext, db: Db, id: RevisionId): Promise<Pipeline> {
  return context.models.getOr(id, async () => {
    const row = await db.selectFrom('revisions').select('model_json').where('id', '=', id).executeTakeFirst();
    if (row === undefined) throw notFound('revision', id);
    return parseColumn(pipelineSchema, row.model_json, 'revisions.model_json');
  });
}

function summary(
  row: Pick<RevisionTable, 'id' | 'pipeline_id' | 'number' | 'set_by' | 'created_at' | 'message' | 'restored_from'>,
): RevisionSummary {
  return {
    id: row.id,
    pipelineId: row.pipeline_id,
    number: row.number,
    setBy: row.set_by,
    createdAt: row.created_at,
    message: orUndefined(row.message),
    restoredFrom: orUndefined(row.restored_from),
  };
}
