import { discardCgroup } from './cgroup.ts';
import { endTree } from './end-tree.ts';
import { discardLimitedGroups } from './limited-group.ts';
import { bootId } from './process-table.ts';
import { findTree, type ProcessTraces } from './process-tree.ts';

export interface Leftovers {
  /** Processes found at the first look. */
  readonly found: number;
  /** Those that did not die, see `Termination`. */
  readonly survivors: readonly number[];
}

/**
 * Ends what a process of an earlier pikoci left running, by what the journal kept of it. Safe against numbers that have been
 * given to others since: a process counts only by its cookie, or by pid and start time together, and nothing counts after a
 * reboot. To be repeated at will.
 */
export async function killLeftovers(traces: ProcessTraces, options: { readonly graceMs: number }): Promise<Leftovers> {
  if (traces.bootId !== bootId()) return { found: 0, survivors: [] };
  const found = findTree(traces).length;
  const never = new Promise<void>(() => undefined);
  const survivors = await endTree(traces, { ...options, isGone: () => undefined, wake: never }).done;
  if (traces.cgroup !== undefined) await discardCgroup(traces.cgroup);
  await discardLimitedGroups(traces.cookie);
  return { found, survivors };
}
