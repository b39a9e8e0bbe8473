/** The thread behind stand-in.ts: nothing here waits for the main thread. */
import { parentPort } from 'node:worker_threads';
import { CodedError } from '../lib/coded-error.ts';
import { monotonicMs } from '../lib/system/monotonic.ts';
import { decodeAnswer, encodeRequest, MessageError } from '../protocol/codec.ts';
import type { WorkerQueue } from '../queue/queue.ts';
import { createFenceTable } from './fence-table.ts';
import { BEAT_MS, type Held, type StandInData } from './stand-in.ts';

/** Of the time that the fence allows: so long without a beat is busy, and so long from one renewal to the next. */
const BUSY_SHARE = 0.3;
const RENEW_SHARE = 0.2;
/** A main thread that says nothing for longer does not come back: its builds are for others. */
const LONGEST_BUSY_MS = 120_000;
const LEAST_ANSWER_MS = 1_000;

export interface StandInWork extends Omit<StandInData, 'data'> {
  /** Another connection of this worker, made when it is needed. */
  readonly open: () => Promise<WorkerQueue>;
  readonly longestBusyMs?: number;
}

/** From now on, until the thread ends. */
export function standIn({ memory, worker, open, longestBusyMs = LONGEST_BUSY_MS }: StandInWork): void {
  const table = createFenceTable(memory);
  let held: Held = [];
  /** The servers said that something of this is not held any more. That its steps end is seen to by the main thread, or by the fence. */
  let disputed: Held | undefined;
  let queue: WorkerQueue | undefined;
  parentPort?.on('message', (now: Held) => {
    held = now;
  });

  /** Whether the main thread is one to stand in for: busy, and neither too late nor for good. */
  function wanted(): boolean {
    if (table.get('armed') !== 1 || table.get('fired') === 1 || held === disputed) return false;
    const now = monotonicMs();
    const limitMs = table.get('limitMs');
    const silentMs = now - table.get('beatAtMs');
    return silentMs > limitMs * BUSY_SHARE && silentMs < longestBusyMs && now - table.get('confirmedAtMs') < limitMs;
  }

  async function renew(): Promise<void> {
    const renewMs = table.get('limitMs') * RENEW_SHARE;
    const sentAtMs = monotonicMs();
    if (sentAtMs - table.get('confirmedAtMs') < renewMs) return;
    const asked = held;
    queue ??= await open();
    const body = encodeRequest({
      kind: 'renew',
      worker,
      attempts: asked.flatMap(({ kind, id, fencing }) => (kind === 'attempt' ? [{ attempt: id, fencing }] : [])),
      checks: asked.flatMap(({ kind, id, fencing }) => (kind === 'check' ? [{ check: id, fencing }] : [])),
    });
    const answer = decodeAnswer(await queue.request(body, { timeoutMs: Math.max(renewMs, LEAST_ANSWER_MS) }));
    if (answer.kind !== 'renewed') return;
    if (answer.lost.length > 0) {
      disputed = asked;
      return;
    }
    table.set('confirmedAtMs', Math.max(table.get('confirmedAtMs'), sentAtMs));
    table.set('renewals', table.get('renewals') + 1);
  }

  async function look(): Promise<void> {
    try {
      if (wanted()) await renew();
      else if (queue !== undefined) {
        const last = queue;
        queue = undefined;
        await last.close();
      }
    } catch (error) {
      // Asked again at the next look; when it never succeeds the fence does what it is for.
      if (!(error instanceof CodedError || error instanceof MessageError)) throw error;
    }
    setTimeout(look, BEAT_MS);
  }

  void look();
}
