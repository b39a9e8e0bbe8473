/**
 * Which connection is whose: what a worker said on it in its hello. A process whose worker's id another process uses at this moment is turned away: its data
 * directory was copied, and the two would take each other's work for their own.
 */
import type { Clock, Instant } from '../../lib/clock.ts';
import { errorText } from '../../lib/coded-error.ts';
import { newId, type WorkerId } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Sender, ServerQueue } from '../../queue/queue.ts';
import type { WorkerRecord } from '../../store/records.ts';
import type { WorkerStore } from '../../store/worker-store.ts';
import type { Timers } from '../loops/loop.ts';

/** What a worker is heard to say is written down this often, at most. */
const TOUCH_EVERY_MS = 5_000;
/** Somebody who lives says something in this time: over HTTP every 10 s. */
const RIVAL_MS = 12_000;
const LOOK_EVERY_MS = 250;

export interface ConnectedWorkers {
  /** A name for this connection, for the worker's record. */
  open(from: Sender): string;
  /** Another process that is this worker, now. Waits until it is heard of, is gone, or has been silent for too long. */
  rivalOf(worker: WorkerId, processKey: string, signal: AbortSignal): Promise<WorkerRecord | undefined>;
}

interface Connection {
  readonly session: string;
  touchedAt: number;
}

export function createConnectedWorkers(parts: {
  readonly store: Pick<WorkerStore, 'getWorker' | 'touchWorker' | 'disconnectWorker'>;
  readonly queue: Pick<ServerQueue, 'watch'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** One that was thought lost is back. */
  readonly onBack: () => void;
  /** A page may show it. */
  readonly onChange: () => void;
}): ConnectedWorkers {
  const { store, queue, clock, timers, logger, onBack, onChange } = parts;
  const connections = new WeakMap<Sender, Connection>();

  /** What cannot be written down is written down with the next word. */
  const said = (what: string) => (error: unknown) =>
    logger.debug(`${what} could not be written down`, { why: errorText(error) });

  queue.watch({
    heard(from) {
      const connection = connections.get(from);
      const now = performance.now();
      if (connection === undefined || now - connection.touchedAt < TOUCH_EVERY_MS) return;
      connection.touchedAt = now;
      store.touchWorker(from.worker as WorkerId, clock.now()).then((back) => {
        if (back) onBack();
      }, said('that a worker was heard of'));
    },
    gone(from) {
      const session = connections.get(from)?.session;
      if (session === undefined) return;
      connections.delete(from);
      store
        .disconnectWorker(from.worker as WorkerId, session, clock.now())
        .then(onChange, said('that a worker is not connected any more'));
    },
  });

  return {
    open(from) {
      const session = connections.get(from)?.session ?? newId();
      connections.set(from, { session, touchedAt: performance.now() });
      return session;
    },
    async rivalOf(worker, processKey, signal) {
      const since = clock.now();
      for (const end = performance.now() + RIVAL_MS; performance.now() < end && !signal.aborted; ) {
        const other = await store.getWorker(worker);
        if (other === undefined || !isThere(other) || other.processKey === processKey) return undefined;
        if (heardAfter(other, since)) return other;
        await new Promise<void>((resolve) => {
          timers.after(LOOK_EVERY_MS, resolve);
        });
      }
      return undefined;
    },
  };
}

const isThere = ({ status, session, processKey }: WorkerRecord): boolean =>
  (status === 'running' || status === 'draining') && session !== undefined && processKey !== undefined;

const heardAfter = ({ lastSeenAt }: WorkerRecord, since: Instant): boolean => lastSeenAt > since;
