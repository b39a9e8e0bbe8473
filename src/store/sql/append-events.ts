/**
 * The hot path: what workers do and write. One batch is one transaction:
 *
 * 1. Read the attempt and its build, once.
 * 2. Skip what is stored already, refuse a gap.
 * 3. Sort the events into rows, log chunks and moves of status. Those of an attempt that is not in force any more are kept when they
 *    are logs, step ends or clean-up, and move nothing.
 * 4. Write chunks, counters, rows and the attempt's `last_event`.
 */

import { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import type { AttemptId } from '../../lib/ids.ts';
import { type AttemptEvent, type EventBatch, type ProblemDetail, problemDetail } from '../../protocol/events.ts';
import { outcome } from '../../protocol/status.ts';
import type { AppendOptions, AppendResult } from '../attempt-store.ts';
import type { LogChunk, StoredEvent } from '../records.ts';
import { saveArtifactEvent } from './artifacts.ts';
import { isLive, moveAttempt, settleBuild } from './attempt-end.ts';
import { type LiveBuild, lockBuild } from './build-moves.ts';
import { saveVersionEvent } from './build-outputs.ts';
import { attemptRow, existingBuild } from './build-rows.ts';
import type { SqlContext } from './context.ts';
import { parseColumn } from './json-column.ts';
import { readCounters, writeLogs } from './log-rows.ts';
import { type LogCounter, LogWriter } from './log-writer.ts';
import { firstRow, prepared } from './prepared.ts';
import { saveTests } from './save-tests.ts';
import type { Db, Schema } from './schema.ts';

const buildOf = prepared<{ attemptId: AttemptId }>()((db, param) =>
  db.selectFrom('attempts').select('build_id').where('id', '=', param('attemptId')),
);
const insertEvent = prepared<Schema['attempt_events']>()((db, param) =>
  db.insertInto('attempt_events').values({
    attempt_id: param('attempt_id'),
    seq: param('seq'),
    kind: param('kind'),
    event_json: param('event_json'),
  }),
);
const setLastEvent = prepared<{ id: AttemptId; last: number }>()((db, param) =>
  db
    .updateTable('attempts')
    .set({ last_event: param('last') })
    .where('id', '=', param('id')),
);

export async function appendEvents(
  trx: Db,
  context: SqlContext,
  batch: EventBatch,
  options: AppendOptions,
): Promise<AppendResult> {
  // The id comes from a worker's message; what it names is looked up.
  const attemptId = batch.attempt as AttemptId;
  const last = batch.first + batch.events.length - 1;
  const place = await firstRow(buildOf(trx, { attemptId }));
  const build = place && (await lockBuild(trx, context.dialect, place.build_id));
  const attempt = build && (await attemptRow(trx, attemptId));
  // Its pipeline was deleted: the worker may forget these events.
  if (build === undefined || attempt === undefined) return { lastEvent: last, events: [], chunks: [] };
  if (batch.first > attempt.last_event + 1) {
    throw new CodedError(
      'store.event_gap',
      `events ${attempt.last_event + 1} to ${batch.first - 1} of attempt ${attemptId} are missing`,
      { hint: `send again from event ${attempt.last_event + 1}` },
    );
  }
  const skipped = attempt.last_event + 1 - batch.first;
  const fresh = batch.events.slice(skipped);
  const about = { buildId: build.id, pipelineId: build.pipeline_id, attemptNumber: attempt.number };
  if (fresh.length === 0) return { lastEvent: attempt.last_event, events: [], chunks: [], ...about };

  const inForce =
    isLive(attempt.status) &&
    attempt.fencing === batch.fencing &&
    build.status === 'running' &&
    build.attempts === attempt.number;
  const sorted = sortEvents(
    attemptId,
    attempt.last_event + 1,
    fresh,
    inForce,
    await readCounters(trx, attemptId, stepsThatLog(fresh)),
  );
  await writeLogs(trx, attemptId, sorted.chunks, sorted.counters);
  for (const { seq, event } of sorted.events) {
    await insertEvent(trx, { attempt_id: attemptId, seq, kind: event.kind, event_json: JSON.stringify(event) });
  }
  for (const { step, try: number, cases } of sorted.tests) {
    await saveTests(trx, { buildId: build.id, jobId: build.job_id, step, attempt: attempt.number, try: number, cases });
  }
  await setLastEvent(trx, { id: attemptId, last });

  const result = { lastEvent: last, events: sorted.events, chunks: sorted.chunks, ...about };
  if (!inForce || sorted.moves.length === 0) return result;
  const current = await markEffects(trx, build, sorted.moves);
  let status = attempt.status;
  for (const event of sorted.moves) {
    switch (event.kind) {
      case 'attempt_started':
        // One that is being cancelled begins too (its worker had not heard yet) and stays `cancelling`.
        if (status === 'granted') {
          await moveAttempt(trx, { ...attempt, status }, 'running', { started_at: event.at });
          status = 'running';
        } else {
          await trx.updateTable('attempts').set({ started_at: event.at }).where('id', '=', attemptId).execute();
        }
        break;
      case 'version':
        await saveVersionEvent(trx, context, current, event);
        break;
      case 'artifact':
        await saveArtifactEvent(trx, attemptId, current, event);
        break;
      case 'attempt_ended': {
        const problem = event.problem;
        await moveAttempt(trx, { ...attempt, status }, 'ended', {
          outcome: event.outcome,
          problem_json: problem === undefined ? null : JSON.stringify(problem),
          ended_at: event.at,
        });
        const errors = event.outcome === 'errored' ? await errorsOf(trx, attemptId) : [];
        await settleBuild(trx, context.dialect, current, event.outcome, problem, options, errors);
        return { ...result, build: await existingBuild(trx, build.id) };
      }
      case 'step_started':
        break;
    }
  }
  return result;
}

type Move = Extract<
  AttemptEvent,
  { kind: 'attempt_started' | 'attempt_ended' | 'version' | 'artifact' | 'step_started' }
>;

type TestsEvent = Extract<AttemptEvent, { kind: 'tests' }>;

interface Sorted {
  readonly events: readonly StoredEvent[];
  readonly moves: readonly Move[];
  readonly tests: readonly TestsEvent[];
  readonly chunks: readonly LogChunk[];
  readonly counters: ReadonlyMap<string, LogCounter>;
}

function sortEvents(
  attemptId: AttemptId,
  first: number,
  fresh: readonly AttemptEvent[],
  inForce: boolean,
  counters: ReadonlyMap<string, LogCounter>,
): Sorted {
  const events: StoredEvent[] = [];
  const moves: Move[] = [];
  const tests: TestsEvent[] = [];
  const logs = new LogWriter(attemptId, counters);
  let live = inForce;
  for (const [index, event] of fresh.entries()) {
    const seq = first + index;
    if (event.kind === 'log') {
      logs.add(event.step, seq, event.at, event.bytes);
      continue;
    }
    if (event.kind === 'tests') {
      if (live) tests.push(event);
      continue;
    }
    if ('step' in event) logs.endChunk(event.step);
    if (!live && !isAfterthought(event)) continue;
    events.push({ attemptId, seq, event });
    if (live && event.kind !== 'step_ended' && event.kind !== 'summary') moves.push(event);
    if (event.kind === 'attempt_ended') live = false;
  }
  return { events, moves, tests, ...logs.finish() };
}

const stepsThatLog = (events: readonly AttemptEvent[]): ReadonlySet<string> =>
  new Set(events.flatMap((event) => (event.kind === 'log' ? [event.step] : [])));

/** What an attempt that is over may still tell: how its last steps ended, and that its services were stopped. */
function isAfterthought(event: StoredEvent['event']): boolean {
  if (event.kind === 'step_ended') return true;
  return event.kind === 'step_started' && /^service:.*:stop$/.test(event.step);
}

/** From the first `put` or `notify` on, the build is not tried again by itself. */
async function markEffects(trx: Db, build: LiveBuild, moves: readonly Move[]): Promise<LiveBuild> {
  if (build.effects_began === 1 || build.effect_steps_json === '[]') return build;
  const steps = parseColumn(z.array(z.string()), build.effect_steps_json, 'builds.effect_steps_json');
  if (!moves.some((event) => event.kind === 'step_started' && steps.includes(event.step))) return build;
  await trx.updateTable('builds').set({ effects_began: 1 }).where('id', '=', build.id).execute();
  return { ...build, effects_began: 1 };
}

/** Problems of the steps that errored for good, in their order. */
async function errorsOf(trx: Db, attemptId: AttemptId): Promise<readonly ProblemDetail[]> {
  const rows = await trx
    .selectFrom('attempt_events')
    .select('event_json')
    .where('attempt_id', '=', attemptId)
    .where('kind', '=', 'step_ended')
    .orderBy('seq')
    .execute();
  return rows.flatMap((row) => {
    const event = parseColumn(stepEnd, row.event_json, 'attempt_events.event_json');
    return event.outcome === 'errored' && event.again !== true && event.problem !== undefined ? [event.problem] : [];
  });
}

const stepEnd = z.object({ outcome, again: z.boolean().optional(), problem: problemDetail.optional() });
