/**
 * From an attempt's events to the servers: numbered, written to the journal, sent in order, struck out when acknowledged. What is not
 * acknowledged stays, over restarts of either side.
 *
 * - A single event leaves at once. While a megabyte is on its way the rest waits in the journal and then leaves in batches of up to 256 KiB.
 * - When the journal holds as much as it may, or the disk is full, whoever produces events waits: nothing is dropped.
 * - On a full disk events go on in memory, a few megabytes at most, so that the build can say what happened.
 */
import { systemClock } from '../lib/clock.ts';
import { CodedError } from '../lib/coded-error.ts';
import type { Logger } from '../lib/logger.ts';
import { createStandingTrouble } from '../lib/standing-trouble.ts';
import { encodeEmitted } from '../protocol/codec.ts';
import type { AttemptEvent } from '../protocol/events.ts';
import type { WorkerQueue } from '../queue/queue.ts';
import { isDiskFullError } from './disk-full-error.ts';
import type { Batch, Journal } from './journal.ts';

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
/** What an event costs besides its log bytes. */
const EVENT_BYTES = 256;

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

  const sizeOf = (event: AttemptEvent): number => EVENT_BYTES + (event.kind === 'log' ? event.bytes.byteLength : 0);
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

  function nextBatch(lane: Lane): Batch | undefined {
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
    !closed && !lane.stopped && lane.inFlightBytes < WINDOW_BYTES && lane.handed < lane.last;

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

  function store(lane: Lane, number: number, event: AttemptEvent): void {
    if (lane.memory.length === 0) {
      try {
        journal.append(lane.attempt, number, event);
        return;
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
      store(lane, lane.last, event);
      const bytes = event.kind === 'log' ? event.bytes.byteLength : 0;
      // Nothing waits before it: what was just written need not be read again.
      if (mayHand(lane) && lane.handed === lane.last - 1 && lane.memory.length === 0) {
        hand(lane, { first: lane.last, events: [event], bytes });
      } else {
        pump(lane);
      }
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
