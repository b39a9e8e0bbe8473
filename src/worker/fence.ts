/**
 * The self-fence: a worker that could not renew its leases kills its own steps before anybody else may begin them again. See
 * docs/decisions/0004-self-fence.md.
 *
 * The renewals themselves go over the queue's connection, which belongs to the main thread. What must not depend on the main thread is the
 * kill: a thread of its own watches the time of the last confirmed renewal in shared memory, and knows every process the worker runs.
 */
import { Worker } from 'node:worker_threads';
import { monotonicMs } from '../lib/system/monotonic.ts';
import type { ProcessTraces } from '../lib/system/process-tree.ts';
import { threadEntry } from '../lib/system/thread-entry.ts';

/** What the two threads share: Float64 slots. */
export const FENCE_SLOTS = { confirmedAtMs: 0, limitMs: 1, armed: 2, fired: 3 } as const;

export type FenceMessage =
  | { readonly kind: 'track'; readonly traces: ProcessTraces }
  | { readonly kind: 'untrack'; readonly cookie: string }
  | { readonly kind: 'close' };

export interface Fence extends AsyncDisposable {
  /** A process that is to be killed with the lease. */
  track(traces: ProcessTraces): void;
  untrack(cookie: string): void;
  /** A renewal that was sent at this time (monotonic) was answered. */
  confirm(sentAtMs: number): void;
  /** From now on, or no longer, there is something that a lease is held for. Arming begins a new count. */
  arm(limitMs: number): void;
  disarm(): void;
}

/** `onFenced` is called on the main thread, once for each time the limit is passed. */
export async function createFence(
  onFenced: () => void,
  thread: string | URL = threadEntry('src/worker/fence.thread.ts'),
): Promise<Fence> {
  const shared = new SharedArrayBuffer(8 * Object.keys(FENCE_SLOTS).length);
  const slots = new Float64Array(shared);
  const worker = new Worker(thread, { workerData: shared });
  worker.unref();
  const hear = (): void => {
    if (slots[FENCE_SLOTS.fired] === 1) onFenced();
  };
  worker.on('message', hear);
  const post = (message: FenceMessage): void => worker.postMessage(message);
  return {
    track: (traces) => post({ kind: 'track', traces }),
    untrack(cookie) {
      post({ kind: 'untrack', cookie });
      // It may have been killed by the thread, whose message is still on its way: its end must not pass for an ordinary one.
      hear();
    },
    confirm(sentAtMs) {
      slots[FENCE_SLOTS.confirmedAtMs] = Math.max(slots[FENCE_SLOTS.confirmedAtMs] ?? 0, sentAtMs);
    },
    arm(limitMs) {
      if (slots[FENCE_SLOTS.armed] === 0) {
        slots[FENCE_SLOTS.confirmedAtMs] = monotonicMs();
        slots[FENCE_SLOTS.fired] = 0;
      }
      slots[FENCE_SLOTS.limitMs] = limitMs;
      slots[FENCE_SLOTS.armed] = 1;
    },
    disarm() {
      slots[FENCE_SLOTS.armed] = 0;
    },
    async [Symbol.asyncDispose]() {
      post({ kind: 'close' });
      await worker.terminate();
    },
  };
}
