/** What a process left running when it ended itself: the server that the `start` of a service put into the background. */
import { askHowItEnds, howItEnded, lastEndOf, livingOrphans, stopAsking } from './orphans.ts';
import { readProcess } from './process-table.ts';
import type { ProcessExit } from './spawn-child.ts';

const LOOK_EVERY_MS = 200;

export interface Remains extends Disposable {
  /**
   * Resolves with how the first of it (the oldest process) ended, if that is known: at once when that was no success, otherwise when none
   * of it is left, for others may go on with its work. Disposed of, it never resolves.
   */
  readonly gone: Promise<ProcessExit | undefined>;
}

/**
 * To be called when the main process has ended. Undefined when nothing is left of what it started (unless the last of it has failed already),
 * or where the system does not let us know (orphans.ts).
 */
export function watchRemains(cookie: string): Remains | undefined {
  const left = livingOrphans(cookie) ?? [];
  const [first] = left
    .map((pid) => ({ pid, startTicks: readProcess(pid)?.startTicks ?? Number.POSITIVE_INFINITY }))
    .sort((a, b) => a.startTicks - b.startTicks || a.pid - b.pid);
  if (first === undefined) {
    const how = lastEndOf(cookie);
    const hasFailed = how !== undefined && how.code !== 0;
    return hasFailed ? { gone: Promise.resolve(how), [Symbol.dispose]: () => undefined } : undefined;
  }
  askHowItEnds(first.pid);
  const gone = Promise.withResolvers<ProcessExit | undefined>();
  const timer = setInterval(() => {
    const how = howItEnded(first.pid);
    const isFailure = how !== undefined && how.code !== 0;
    if (!isFailure && livingOrphans(cookie)?.length !== 0) return;
    gone.resolve(how);
    end();
  }, LOOK_EVERY_MS);
  const end = (): void => {
    clearInterval(timer);
    stopAsking(first.pid);
  };
  return { gone: gone.promise, [Symbol.dispose]: end };
}
