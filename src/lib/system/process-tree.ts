/** Finds, and ends, everything that one started process has become. */
import { errnoCode } from './errno.ts';
import { carriesCookie } from './process-cookie.ts';
import { type ProcessEntry, readProcess, visitProcesses } from './process-table.ts';

/** What identifies a process tree. Plain data: it goes into the journal, so that another process can end the tree. */
export interface ProcessTraces {
  /** Of `newCookie()`: everything in the tree carries it. */
  readonly cookie: string;
  /** The boot it was started in; after another boot there is nothing to find. */
  readonly bootId: string;
  /** The cgroup directory it was to be put in; it need not exist. Undefined where the system has none for us. */
  readonly cgroup?: string | undefined;
  /** The main process, which leads its own session and group; undefined if it is not known whether it was started. */
  readonly main?: { readonly pid: number; readonly startTicks: number } | undefined;
}

/**
 * The living members of the tree. In steps:
 *
 * 1. those that carry the cookie, and the main process itself if its start time shows that it is still the same;
 * 2. the group and session of the main process, if a member found in step 1 is still in it (while it has a member, the
 *    kernel does not give its number to anyone else);
 * 3. the descendants of all these, to any depth.
 *
 * `remembered` are members found earlier (pid -> start ticks): they stay members even when their parent has died since.
 * A process can fork while we look: to end a tree, ask again until it is empty. An empty answer is proof that nothing that
 * carries the cookie is left, however fast it forks.
 */
export function findTree(traces: ProcessTraces, remembered: ReadonlyMap<number, number> = new Map()): ProcessEntry[] {
  const main = traces.main;
  const since = main?.startTicks ?? 0;
  const all: ProcessEntry[] = [];
  const members = new Set<ProcessEntry>();
  visitProcesses((pid) => {
    const entry = readProcess(pid);
    if (entry === undefined || entry.zombie || pid === process.pid) return;
    all.push(entry);
    const isMember =
      remembered.get(pid) === entry.startTicks ||
      (pid === main?.pid && entry.startTicks === main.startTicks) ||
      (entry.startTicks >= since && carriesCookie(pid, traces.cookie));
    if (isMember) members.add(entry);
  });
  const inSession = (entry: ProcessEntry): boolean => entry.pgid === main?.pid || entry.sid === main?.pid;
  if ([...members].some(inSession)) for (const entry of all.filter(inSession)) members.add(entry);

  const childrenOf = Map.groupBy(all, (entry) => entry.ppid);
  for (const entry of members) {
    // A set hands out what is added while it is walked: this reaches every depth.
    for (const child of childrenOf.get(entry.pid) ?? []) members.add(child);
  }
  return [...members];
}

/** Sends the signal to those that are still who they were. Returns the pids that may not be signalled by us. */
export function signalAll(entries: readonly ProcessEntry[], signal: 'SIGTERM' | 'SIGCONT' | 'SIGKILL'): number[] {
  return entries.filter((entry) => isStillThere(entry) && !signalOne(entry.pid, signal)).map((entry) => entry.pid);
}

export function isStillThere(entry: ProcessEntry): boolean {
  const now = readProcess(entry.pid);
  return now !== undefined && !now.zombie && now.startTicks === entry.startTicks;
}

function signalOne(pid: number, signal: 'SIGTERM' | 'SIGCONT' | 'SIGKILL'): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (errnoCode(error) === 'ESRCH') return true;
    if (errnoCode(error) === 'EPERM') return false;
    throw error;
  }
}
