/**
 * From an attempt's events to the servers: numbered, written to the journal, sent in order, struck out when acknowledged. What is not
 * acknowledged stays, over restarts of either side.
 *
 * - An event leaves in the turn in which it comes, with all that came with it. While it is under way, little that follows waits for its acknowledgement and
 *   leaves together, for each message is a transaction at the servers. While a megabyte is on its way the rest waits in the journal and then leaves in batches of up to 256 KiB. Another megabyte
 *   of it is in memory, too, and who produces more waits for the servers, if they acknowledge something meanwhile: then the journal is written and never read.
 * - When the journal holds as much as it may, or the disk is full, whoever produces events waits: nothing is dropped.
 * - On a full disk events go on in memory, a few megabytes at most, so that the build can say what happened.
 */
import { systemClock } from '../lib/clock.ts';
import { CodedError } from '../lib/coded-error.ts';
import type { Logger } from '../lib/logger.ts';
import { createStandingTrouble } from '../lib/standing-trouble.ts';
import { createBufferToll } from '../lib/system/buffer-toll.ts';
import { encodeEmitted } from '../protocol/codec.ts';
import type { AttemptEvent } from '../protocol/events.ts';
import type { WorkerQueue } from '../queue/queue.ts';
import { isDiskFullError } from './disk-full-error.ts';
import { type Batch, type Journal, MOST_EVENTS_IN_A_BATCH } from './journal.ts';

/** Disposed of, nothing more is sent; what is left stays in the journal. To be done before the journal is closed. */
export interface Outbox extends Disposable {
  /** Begins with an attempt, or goes on with one of an earlier process: what the journal holds of it is sent. */
  open(attempt: string, fencing: number, onDiskFull: () => void): void;
  /** Takes the next event; resolves when there is room for more. */
  append(attempt: string, event: AttemptEvent): Promise<void>;
  /** Resolves when all of the attempt is acknowledged; with false if the outbox is closed before. */
  sent(attempt: string): Promise<boolean>;
}

export interface OutboxLimits {
  /** What the journal may hold before producers wait. */
  readonly backlogBytes: number;
}

const WINDOW_BYTES = 1024 * 1024;
const BATCH_BYTES = 256 * 1024;
const STRIKE_MS = 100;
const QUIET_MS = 15_000;
const MEMORY_BYTES = 4 * 1024 * 1024;
/** What waits of one attempt and is kept in memory beside the journal. */
const AT_HAND_BYTES = 1024 * 1024;
/** Servers that acknowledge nothing for so long are not waited for. */
const SLOW_MS = 100;
/** What an event costs besides its log bytes. */
const EVENT_BYTES = 256;
/** What waits and is more than this is worth a message of its own. */
const LITTLE_BYTES = 16 * 1024;

interface Lane {
  readonly attempt: string;
  readonly fencing: number;
  readonly onDiskFull: () => void;
  /** Number of the last event taken. */
  last: number;
  /** Number of the last event handed to the queue, and of the last acknowledged. */
  handed: number;
  acknowledged: number;
  inFlightBytes: number;
  /** Of what was taken and not handed yet. */
  waitingBytes: number;
  /** Set until what came in this turn is handed. */
  turn: ReturnType<typeof setImmediate> | undefined;
  /** The next events to be handed, if all from `handed` on are here: they are in the journal, too. */
  atHand: AttemptEvent[];
  atHandBytes: number;
  /** Events that the disk had no room for; they follow all that the journal holds. */
  memory: { readonly number: number; readonly event: AttemptEvent }[];
  memoryBytes: number;
  stopped: boolean;
  toldDiskFull: boolean;
  /** Set while acknowledged events are still to be struck out of the journal. */
  strike: ReturnType<typeof setTimeout> | undefined;
  /** Called at every change. */
  readonly watchers: Set<() => void>;
}

export function createOutbox(parts: {
  readonly journal: Journal;
  readonly queue: Pick<WorkerQueue, 'emit'>;
  readonly logger: Logger;
  readonly limits: OutboxLimits;
}): Outbox {
  const { journal, queue, logger, limits } = parts;
  const lanes = new Map<string, Lane>();
  let backlog = journal.unsentBytes();
  let closed = false;
  const unwritable = createStandingTrouble({
    clock: systemClock,
    say: (text) => logger.warn(text),
    sayOver: () => logger.info('the journal can be written again'),
    quietMs: QUIET_MS,
  });

  const logBytes = (event: AttemptEvent): number => (event.kind === 'log' ? event.bytes.byteLength : 0);
  const sizeOf = (event: AttemptEvent): number => EVENT_BYTES + logBytes(event);
  const toll = createBufferToll();
  const changed = (lane: Lane): void => {
    for (const watcher of [...lane.watchers]) watcher();
  };
  /** Room is shared by all lanes: a change in one may be what another waits for. */
  const changedAll = (): void => {
    for (const lane of lanes.values()) changed(lane);
  };

  function until(lane: Lane, met: () => boolean): Promise<void> {
    if (met()) return Promise.resolve();
    return new Promise((resolve) => {
      const watcher = (): void => {
        if (!met()) return;
        lane.watchers.delete(watcher);
        resolve();
      };
      lane.watchers.add(watcher);
    });
  }

  /** What is at hand begins where the last batch ended, so that it is never sent out of turn. */
  function takeAtHand(lane: Lane): Batch | undefined {
    const events: AttemptEvent[] = [];
    let bytes = 0;
    for (const event of lane.atHand) {
      const size = logBytes(event);
      if (events.length > 0 && bytes + size > BATCH_BYTES) break;
      if (events.length === MOST_EVENTS_IN_A_BATCH) break;
      events.push(event);
      bytes += size;
    }
    if (events.length === 0) return undefined;
    lane.atHand.splice(0, events.length);
    lane.atHandBytes -= bytes + EVENT_BYTES * events.length;
    return { first: lane.handed + 1, events, bytes };
  }

  /** What is at hand follows what was handed without a gap; with one, everything is left to the journal until it is read to its end. */
  function keepAtHand(lane: Lane, event: AttemptEvent): void {
    const number = lane.last;
    if (lane.handed + lane.atHand.length + 1 !== number) return;
    lane.atHand.push(event);
    lane.atHandBytes += sizeOf(event);
  }

  async function roomAtHand(lane: Lane): Promise<void> {
    const hasRoom = (): boolean => closed || lane.stopped || lane.atHandBytes < AT_HAND_BYTES;
    if (hasRoom()) return;
    let acknowledged = lane.acknowledged;
    let slow = false;
    const look = setInterval(() => {
      slow = lane.acknowledged === acknowledged;
      acknowledged = lane.acknowledged;
      if (slow) changed(lane);
    }, SLOW_MS);
    await until(lane, () => slow || hasRoom());
    clearInterval(look);
    if (!slow) return;
    lane.atHand = [];
    lane.atHandBytes = 0;
  }

  function nextBatch(lane: Lane): Batch | undefined {
    const atHand = takeAtHand(lane);
    if (atHand !== undefined) return atHand;
    const fromDisk = journal.read(lane.attempt, lane.handed, BATCH_BYTES);
    if (fromDisk !== undefined) return fromDisk;
    const [first] = lane.memory;
    if (first === undefined) return undefined;
    const events = lane.memory.splice(0);
    const bytes = lane.memoryBytes;
    lane.memoryBytes = 0;
    return { first: first.number, events: events.map(({ event }) => event), bytes };
  }

  const mayHand = (lane: Lane): boolean =>
    !closed &&
    !lane.stopped &&
    lane.handed < lane.last &&
    (lane.inFlightBytes === 0 || (lane.waitingBytes > LITTLE_BYTES && lane.inFlightBytes < WINDOW_BYTES));

  function pumpAtEndOfTurn(lane: Lane): void {
    lane.turn ??= setImmediate(() => {
      lane.turn = undefined;
      pump(lane);
    });
  }

  function pump(lane: Lane): void {
    while (mayHand(lane)) {
      const batch = nextBatch(lane);
      if (batch === undefined) return;
      hand(lane, batch);
    }
  }

  function hand(lane: Lane, batch: Batch): void {
    const upTo = batch.first + batch.events.length - 1;
    const { attempt, fencing } = lane;
    const bytes = batch.bytes + EVENT_BYTES * batch.events.length;
    lane.handed = upTo;
    lane.inFlightBytes += bytes;
    lane.waitingBytes = Math.max(0, lane.waitingBytes - bytes);
    const events = [...batch.events];
    queue.emit(encodeEmitted({ kind: 'events', batch: { attempt, fencing, first: batch.first, events } })).then(
      () => acknowledged(lane, upTo, batch, bytes),
      (error: unknown) => refused(lane, error),
    );
  }

  function acknowledged(lane: Lane, upTo: number, batch: Batch, bytes: number): void {
    if (closed) return;
    lane.inFlightBytes -= bytes;
    lane.acknowledged = upTo;
    lane.strike ??= setTimeout(() => strikeOut(lane), STRIKE_MS);
    // With much waiting, the disk's room is needed back at once.
    if (bytes >= BATCH_BYTES / 2) strikeOut(lane);
    toll(bytes);
    backlog -= batch.events.reduce((sum, event) => sum + sizeOf(event), 0);
    pump(lane);
    changedAll();
  }

  /** Together, because each costs a transaction; until then a crash only means that they are sent twice. */
  function strikeOut(lane: Lane): void {
    clearTimeout(lane.strike);
    lane.strike = undefined;
    if (closed) return;
    try {
      journal.acknowledge(lane.attempt, lane.acknowledged);
      unwritable.wentWell();
    } catch (error) {
      // With a full disk not even a deletion fits; then it is sent again after a restart, and known by its number.
      if (!isDiskFullError(error)) throw error;
      unwritable.happened('the journal cannot be written: the disk is full');
    }
  }

  function refused(lane: Lane, error: unknown): void {
    lane.stopped = true;
    const code = error instanceof CodedError ? error.code : 'unknown';
    if (code !== 'queue.closed') logger.error('events of an attempt cannot be sent', { attempt: lane.attempt, code });
    changed(lane);
  }

  function store(lane: Lane, number: number, event: AttemptEvent): 'journal' | 'memory' {
    if (lane.memory.length === 0) {
      try {
        journal.append(lane.attempt, number, event);
        return 'journal';
      } catch (error) {
        if (!isDiskFullError(error)) throw error;
        if (!lane.toldDiskFull)
          logger.error('the disk is full: what steps write cannot be kept', { attempt: lane.attempt });
        lane.toldDiskFull = true;
        lane.onDiskFull();
      }
    }
    lane.memory.push({ number, event: event.kind === 'log' ? { ...event, bytes: event.bytes.slice() } : event });
    lane.memoryBytes += sizeOf(event);
    return 'memory';
  }

  return {
    open(attempt, fencing, onDiskFull) {
      const last = journal.lastNumber(attempt);
      const lane: Lane = {
        attempt,
        fencing,
        onDiskFull,
        last,
        handed: 0,
        acknowledged: 0,
        inFlightBytes: 0,
        // How much the journal has is not known, and it may leave at once.
        waitingBytes: last === 0 ? 0 : WINDOW_BYTES,
        turn: undefined,
        atHand: [],
        atHandBytes: 0,
        memory: [],
        memoryBytes: 0,
        stopped: false,
        toldDiskFull: false,
        strike: undefined,
        watchers: new Set(),
      };
      lanes.set(attempt, lane);
      pump(lane);
      if (lane.handed === 0) lane.acknowledged = last;
    },
    async append(attempt, event) {
      const lane = lanes.get(attempt);
      if (lane === undefined) throw new Error(`the outbox knows no attempt ${attempt}`);
      lane.last += 1;
      backlog += sizeOf(event);
      lane.waitingBytes += sizeOf(event);
      if (store(lane, lane.last, event) === 'journal') keepAtHand(lane, event);
      pumpAtEndOfTurn(lane);
      await roomAtHand(lane);
      await until(
        lane,
        () => closed || lane.stopped || (backlog < limits.backlogBytes && lane.memoryBytes < MEMORY_BYTES),
      );
    },
    async sent(attempt) {
      const lane = lanes.get(attempt);
      if (lane === undefined) return true;
      await until(lane, () => closed || lane.stopped || lane.acknowledged >= lane.last);
      const all = lane.acknowledged >= lane.last;
      if (lane.strike !== undefined) strikeOut(lane);
      if (all) lanes.delete(attempt);
      return all;
    },
    [Symbol.dispose]() {
      for (const lane of lanes.values()) if (lane.strike !== undefined) strikeOut(lane);
      closed = true;
      changedAll();
    },
  };
}
