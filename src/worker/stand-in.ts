/**
 * Who renews the leases while the main thread is busy: a thread that waits for just that, and then speaks to the servers over a connection of its own. See
 * docs/decisions/0092-who-renews-while-the-main-thread-is-busy.md.
 */
import { Worker } from 'node:worker_threads';
import { errorText } from '../lib/coded-error.ts';
import type { Logger } from '../lib/logger.ts';
import { monotonicMs } from '../lib/system/monotonic.ts';
import { createFenceTable } from './fence-table.ts';
import type { LeaseHolder } from './leases.ts';

export interface StandIn extends AsyncDisposable {
  /** What leases are held for, each time that it changed. */
  readonly holds: (held: readonly LeaseHolder[]) => void;
}

/** Its code, which calls `standIn` (renew-while-busy.ts), and what that needs to open a queue. */
export interface StandInThread {
  readonly entry: string | URL;
  readonly data: unknown;
}

/** What the thread is started with. */
export interface StandInData {
  readonly memory: SharedArrayBuffer;
  readonly worker: string;
  readonly data: unknown;
}

/** What it is told. */
export type Held = readonly Pick<LeaseHolder, 'kind' | 'id' | 'fencing'>[];

export const BEAT_MS = 250;

/** The thread is started with the first lease: a worker that has nothing to do does without. */
export function createStandIn(parts: StandInThread & Omit<StandInData, 'data'> & { readonly logger: Logger }): StandIn {
  const { entry, data, memory, worker, logger } = parts;
  const table = createFenceTable(memory);
  let thread: Worker | undefined;

  function beat(): void {
    const now = monotonicMs();
    const heldUpMs = now - table.get('beatAtMs');
    table.set('beatAtMs', now);
    if (table.get('renewals') === 0) return;
    table.set('renewals', 0);
    logger.warn(
      `the worker's main thread was busy for ${(heldUpMs / 1_000).toFixed(1)} s; its leases were renewed meanwhile`,
    );
  }
  table.set('beatAtMs', monotonicMs());
  const timer = setInterval(beat, BEAT_MS);
  timer.unref();

  return {
    holds(held) {
      if (thread === undefined) {
        thread = new Worker(entry, { workerData: { memory, worker, data } satisfies StandInData });
        thread.unref();
        // Without it leases are renewed as long as this thread can.
        thread.on('error', (error) =>
          logger.warn('nobody renews leases while this thread is busy', { why: errorText(error) }),
        );
      }
      thread.postMessage(held.map(({ kind, id, fencing }) => ({ kind, id, fencing })) satisfies Held);
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await thread?.terminate();
    },
  };
}
