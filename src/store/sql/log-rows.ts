/** The rows of logs: chunks, and how much of each step's log there is. */
import type { AttemptId } from '../../lib/ids.ts';
import type { LogChunk } from '../records.ts';
import type { LogCounter } from './log-writer.ts';
import { packLog } from './packed-log.ts';
import { changed, firstRow, prepared } from './prepared.ts';
import type { Db, Schema } from './schema.ts';

const selectCounter = prepared<{ attempt: AttemptId; step: string }>()((db, param) =>
  db
    .selectFrom('step_logs')
    .select(['bytes', 'lines'])
    .where('attempt_id', '=', param('attempt'))
    .where('step', '=', param('step')),
);
const updateCounter = prepared<Schema['step_logs']>()((db, param) =>
  db
    .updateTable('step_logs')
    .set({ bytes: param('bytes'), lines: param('lines') })
    .where('attempt_id', '=', param('attempt_id'))
    .where('step', '=', param('step')),
);
const insertCounter = prepared<Schema['step_logs']>()((db, param) =>
  db.insertInto('step_logs').values({
    attempt_id: param('attempt_id'),
    step: param('step'),
    bytes: param('bytes'),
    lines: param('lines'),
  }),
);
const insertChunk = prepared<Schema['log_chunks']>()((db, param) =>
  db.insertInto('log_chunks').values({
    attempt_id: param('attempt_id'),
    seq: param('seq'),
    step: param('step'),
    at: param('at'),
    byte_offset: param('byte_offset'),
    first_line: param('first_line'),
    size: param('size'),
    bytes: param('bytes'),
  }),
);

/** A step that has no log yet is not in the answer. */
export async function readCounters(
  trx: Db,
  attempt: AttemptId,
  steps: ReadonlySet<string>,
): Promise<ReadonlyMap<string, LogCounter>> {
  const counters = new Map<string, LogCounter>();
  for (const step of steps) {
    const counter = await firstRow(selectCounter(trx, { attempt, step }));
    if (counter !== undefined) counters.set(step, counter);
  }
  return counters;
}

export async function writeLogs(
  trx: Db,
  attemptId: AttemptId,
  chunks: readonly LogChunk[],
  counters: ReadonlyMap<string, LogCounter>,
): Promise<void> {
  for (const chunk of chunks) {
    await insertChunk(trx, {
      attempt_id: attemptId,
      seq: chunk.seq,
      step: chunk.step,
      at: chunk.at,
      byte_offset: chunk.offset,
      first_line: chunk.firstLine,
      size: chunk.bytes.byteLength,
      bytes: packLog(chunk.bytes),
    });
  }
  for (const [step, counter] of counters) {
    const row = { attempt_id: attemptId, step, ...counter };
    if ((await changed(updateCounter(trx, row))) === 0) await insertCounter(trx, row);
  }
}
