/** The thread behind fence.ts: nothing here waits for the main thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { killCgroup } from '../lib/system/cgroup.ts';
import { monotonicMs } from '../lib/system/monotonic.ts';
import { findTree, type ProcessTraces, signalAll } from '../lib/system/process-tree.ts';
import { FENCE_SLOTS, type FenceMessage } from './fence.ts';

const LOOK_EVERY_MS = 250;

const slots = new Float64Array(workerData);
const tracked = new Map<string, ProcessTraces>();
let told = false;

function look(): void {
  const late = monotonicMs() - (slots[FENCE_SLOTS.confirmedAtMs] ?? 0) > (slots[FENCE_SLOTS.limitMs] ?? 0);
  if (slots[FENCE_SLOTS.armed] !== 1 || !late) {
    told = false;
    return;
  }
  if (told) return;
  told = true;
  // First the main thread is told, so that it does not take what dies for an ordinary end.
  slots[FENCE_SLOTS.fired] = 1;
  parentPort?.postMessage('fenced');
  for (const traces of tracked.values()) {
    if (traces.cgroup !== undefined) killCgroup(traces.cgroup);
    signalAll(findTree(traces), 'SIGKILL');
  }
}

const timer = setInterval(look, LOOK_EVERY_MS);

parentPort?.on('message', (message: FenceMessage) => {
  if (message.kind === 'track') tracked.set(message.traces.cookie, message.traces);
  else if (message.kind === 'untrack') tracked.delete(message.cookie);
  else clearInterval(timer);
});
