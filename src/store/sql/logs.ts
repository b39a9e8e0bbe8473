/** Reading what attempts wrote and did. */
import type { AttemptId } from '../../lib/ids.ts';
import { attemptEvent } from '../../protocol/events.ts';
import type { AttemptStore } from '../attempt-store.ts';
import type { LogChunk, StoredEvent } from '../records.ts';
import { look, type SqlContext } from './context.ts';
import { parseColumn } from './json-column.ts';
import { unpackLog } from './packed-log.ts';
import type { Db, Schema } from './schema.ts';

export async function listEvents(
  db: Db,
  attemptId: AttemptId,
  afterSeq: number,
  limit: number,
): Promise<readonly StoredEvent[]> {
  const rows = await db
    .selectFrom('attempt_events')
    .select(['seq', 'event_json'])
    .where('attempt_id', '=', attemptId)
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.flatMap((row) => {
    const event = parseColumn(attemptEvent, row.event_json, 'attempt_events.event_json');
    // Logs are chunks and tests have tables of their own: neither is a row of this one.
    return event.kind === 'log' || event.kind === 'tests' ? [] : [{ attemptId, seq: row.seq, event }];
  });
}

/** How many chunks one call gives at most, however short they are. */
const CHUNKS = 1_000;

export async function listLogChunks(
  db: Db,
  attemptId: AttemptId,
  { step, afterSeq, fromOffset, limitBytes }: Parameters<AttemptStore['listLogChunks']>[1],
): Promise<readonly LogChunk[]> {
  const chunks = db.selectFrom('log_chunks').where('attempt_id', '=', attemptId).where('seq', '>', afterSeq);
  const ofStep = step === undefined ? chunks : chunks.where('step', '=', step);
  const some = fromOffset === undefined ? ofStep : ofStep.where('byte_offset', '>=', fromOffset);
  // First the sizes alone, so that no more bytes are read than are given.
  const sizes = await some.select(['seq', 'size']).orderBy('seq').limit(CHUNKS).execute();
  let last: number | undefined;
  let bytes = 0;
  for (const { seq, size } of sizes) {
    bytes += size;
    if (last !== undefined && bytes > limitBytes) break;
    last = seq;
  }
  if (last === undefined) return [];
  const rows = await some.selectAll().where('seq', '<=', last).orderBy('seq').execute();
  return rows.map(logChunk);
}

export async function logSizes(
  db: Db,
  attemptId: AttemptId,
): Promise<ReadonlyMap<string, { readonly bytes: number; readonly lines: number }>> {
  const rows = await db
    .selectFrom('step_logs')
    .select(['step', 'bytes', 'lines'])
    .where('attempt_id', '=', attemptId)
    .execute();
  return new Map(rows.map(({ step, bytes, lines }) => [step, { bytes, lines }]));
}

export function readLog(
  context: SqlContext,
  attemptId: AttemptId,
  step: string,
  offset: number,
  length: number,
): Promise<{ bytes: Uint8Array; total: number; lines: number }> {
  return look(context, async (trx) => {
    const counter = await trx
      .selectFrom('step_logs')
      .select(['bytes', 'lines'])
      .where('attempt_id', '=', attemptId)
      .where('step', '=', step)
      .executeTakeFirst();
    const total = counter?.bytes ?? 0;
    const from = Math.min(Math.max(0, offset), total);
    const to = Math.min(from + Math.max(0, length), total);
    const ofStep = trx.selectFrom('log_chunks').where('attempt_id', '=', attemptId).where('step', '=', step);
    const start = await ofStep
      .select('byte_offset')
      .where('byte_offset', '<=', from)
      .orderBy('byte_offset', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (start === undefined || from === to) return { bytes: new Uint8Array(), total, lines: counter?.lines ?? 0 };
    const rows = await ofStep
      .select(['size', 'bytes'])
      .where('byte_offset', '>=', start.byte_offset)
      .where('byte_offset', '<', to)
      .orderBy('byte_offset')
      .execute();
    const whole = Buffer.concat(rows.map((row) => unpackLog(row.bytes, row.size)));
    const bytes = whole.subarray(from - start.byte_offset, to - start.byte_offset);
    return { bytes, total, lines: counter?.lines ?? 0 };
  });
}

function logChunk(row: Schema['log_chunks']): LogChunk {
  return {
    attemptId: row.attempt_id,
    seq: row.seq,
    step: row.step,
    at: row.at,
    offset: row.byte_offset,
    firstLine: row.first_line,
    bytes: unpackLog(row.bytes, row.size),
  };
}
