/** The thread behind fence.ts: nothing here waits for the main thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { killCgroup } from '../lib/system/cgroup.ts';
import { monotonicMs } from '../lib/system/monotonic.ts';
import { findTree, signalAll } from '../lib/system/process-tree.ts';
import { createFenceTable } from './fence-table.ts';

const LOOK_EVERY_MS = 250;

const table = createFenceTable(workerData);

/** Kills again at every look until the main thread has let go: what runs may fork meanwhile. */
function look(): void {
  const late = monotonicMs() - table.get('confirmedAtMs') > table.get('limitMs');
  if (table.get('armed') !== 1 || !late) return;
  // First the main thread is told, so that it does not take what dies for an ordinary end.
  table.set('fired', 1);
  parentPort?.postMessage('fenced');
  for (const traces of table.tracked()) {
    if (traces.cgroup !== undefined) killCgroup(traces.cgroup);
    signalAll(findTree(traces), 'SIGKILL');
  }
}

setInterval(look, LOOK_EVERY_MS);
