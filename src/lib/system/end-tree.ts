import { killCgroup } from './cgroup.ts';
import type { ProcessEntry } from './process-table.ts';
import { findTree, isStillThere, type ProcessTraces, signalAll } from './process-tree.ts';

/** After KILL a process may need a moment to die; one that hangs in the kernel (a dead network disk) never does. */
const GIVE_UP_AFTER_MS = 5000;
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 25;

export interface TreeEnding {
  /** Resolves when nothing is left, with the pids that could not be killed. */
  readonly done: Promise<readonly number[]>;
  /** Brings the KILL forward, if it would come later than this. */
  hasten(graceMs: number): void;
}

/**
 * Ends a process tree. In steps:
 *
 * 1. TERM to everything found, once. Of what appears later only orphans are told, as soon as they are orphans: they were
 *    being forked when we looked, while the child of a living process may be its way of cleaning up;
 * 2. wait for the grace, or until nothing is left;
 * 3. KILL, to the cgroup in one go and to everything found, again and again, since they may fork in between, until nothing
 *    is found.
 *
 * `isGone` may know cheaply that nothing is left: true is believed, false and undefined are not. `wake` resolves when it is
 * worth looking early.
 */
export function endTree(
  traces: ProcessTraces,
  options: { readonly graceMs: number; readonly isGone: () => boolean | undefined; readonly wake: Promise<unknown> },
): TreeEnding {
  let killAt = performance.now() + options.graceMs;
  const remembered = new Map<number, number>();
  let seen: readonly ProcessEntry[] = [];

  function look(): readonly ProcessEntry[] {
    if (options.isGone() === true && !seen.some(isStillThere)) return [];
    seen = findTree(traces, remembered);
    for (const entry of seen) remembered.set(entry.pid, entry.startTicks);
    return seen;
  }

  async function end(): Promise<readonly number[]> {
    const nextPause = createBackOff(options.wake);
    let left = look();
    const told = new Map<number, number>();
    while (left.length > 0 && performance.now() < killAt) {
      const members = new Set(left.map((entry) => entry.pid));
      const untold = left.filter(
        ({ pid, ppid, startTicks }) => told.get(pid) !== startTicks && (told.size === 0 || !members.has(ppid)),
      );
      signalAll(untold, 'SIGTERM');
      // One that was stopped hears nothing before it goes on.
      signalAll(untold, 'SIGCONT');
      for (const entry of untold) told.set(entry.pid, entry.startTicks);
      await nextPause(killAt - performance.now());
      left = look();
    }
    const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
    while (left.length > 0 && performance.now() < giveUpAt) {
      if (traces.cgroup !== undefined) killCgroup(traces.cgroup);
      const notOurs = signalAll(left, 'SIGKILL');
      if (notOurs.length === left.length) break;
      await nextPause(LONGEST_PAUSE_MS);
      left = look();
    }
    return left.map((entry) => entry.pid);
  }

  return {
    done: end(),
    hasten(graceMs: number): void {
      killAt = Math.min(killAt, performance.now() + graceMs);
    },
  };
}

/** Pauses of 1, 2, 4 ... 25 ms; the first is cut short by `wake`. */
function createBackOff(wake: Promise<unknown>): (atMostMs: number) => Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  let woken = false;
  const waking = wake.then(() => {
    woken = true;
  });
  return async (atMostMs) => {
    const pause = new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, Math.min(pauseMs, atMostMs))));
    await (woken ? pause : Promise.race([pause, waking]));
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  };
}
