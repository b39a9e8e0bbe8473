/**
 * Decisions for a pipeline are counted, so that of two servers that look at the same facts one commits and the other looks again: what it has decided
 * on is not what is there any more. The count has a row of its own, which nothing else locks.
 */
import { CodedError } from '../../lib/coded-error.ts';
import type { PipelineId } from '../../lib/ids.ts';
import type { SqlDialect } from './dialect.ts';
import type { Db } from './schema.ts';

export async function decidedBefore(db: Db, pipelineId: PipelineId): Promise<number> {
  const row = await db
    .selectFrom('decisions')
    .select('number')
    .where('pipeline_id', '=', pipelineId)
    .executeTakeFirst();
  return row?.number ?? 0;
}

/** Error: `store.stale_decision`. */
export async function countDecision(
  trx: Db,
  dialect: SqlDialect,
  pipelineId: PipelineId,
  basedOn: number,
): Promise<void> {
  const counted =
    basedOn === 0
      ? (
          await dialect
            .ignoreTaken(trx.insertInto('decisions').values({ pipeline_id: pipelineId, number: 1 }))
            .executeTakeFirst()
        ).numInsertedOrUpdatedRows
      : (
          await trx
            .updateTable('decisions')
            .set({ number: basedOn + 1 })
            .where('pipeline_id', '=', pipelineId)
            .where('number', '=', basedOn)
            .executeTakeFirst()
        ).numUpdatedRows;
  if (counted === 1n) return;
  throw new CodedError('store.stale_decision', 'another server has decided about the pipeline meanwhile', {
    hint: 'decide again',
  });
}
