/**
 * The self-fence: a worker that could not renew its leases kills its own steps before anybody else may begin them again. See
 * docs/decisions/0004-self-fence.md.
 *
 * The renewals themselves go over the queue's connection, which belongs to the main thread; while that is busy, another thread renews over one of its
 * own (stand-in.ts). What must depend on neither is the kill: a thread for it alone watches the time of the last confirmed renewal, and knows every process the worker runs.
 */
import { Worker } from 'node:worker_threads';
import { monotonicMs } from '../lib/system/monotonic.ts';
import type { ProcessTraces } from '../lib/system/process-tree.ts';
import { threadEntry } from '../lib/system/thread-entry.ts';
import { createFenceTable } from './fence-table.ts';

export interface Fence extends AsyncDisposable {
  /** Of its table, for another thread (stand-in.ts). */
  readonly memory: SharedArrayBuffer;
  /** A process that is to be killed with the lease. */
  track(traces: ProcessTraces): void;
  untrack(cookie: string): void;
  /** A renewal that was sent at this time (monotonic) was answered. */
  confirm(sentAtMs: number): void;
  /** From now on there is something that a lease is held for. Arming what was not armed begins a new count. */
  arm(limitMs: number): void;
  disarm(): void;
}

/** `onFenced` is called on the main thread when the limit has been passed; it may be called more than once. */
export function createFence(
  onFenced: () => void,
  thread: string | URL = threadEntry('src/worker/fence.thread.ts'),
): Fence {
  const table = createFenceTable();
  const worker = new Worker(thread, { workerData: table.memory });
  worker.unref();
  const hear = (): void => {
    if (table.get('fired') === 1) onFenced();
  };
  worker.on('message', hear);
  return {
    memory: table.memory,
    track: table.track,
    untrack(cookie) {
      table.untrack(cookie);
      // It may have been killed by the thread, whose message is still on its way: its end must not pass for an ordinary one.
      hear();
    },
    confirm: (sentAtMs) => table.set('confirmedAtMs', Math.max(table.get('confirmedAtMs'), sentAtMs)),
    arm(limitMs) {
      table.set('limitMs', limitMs);
      if (table.get('armed') === 1) return;
      table.set('confirmedAtMs', monotonicMs());
      table.set('fired', 0);
      table.set('armed', 1);
    },
    disarm: () => table.set('armed', 0),
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}
