import { createCgroup, listCgroup, moveIntoCgroup } from './cgroup.ts';
import { findTree, type ProcessTraces } from './process-tree.ts';

/** A tree that forks faster than we move it is left half outside: the cookie still finds it. */
const ROUNDS = 5;

/**
 * Moves a running process tree into its cgroup, again until nothing is outside, since it may fork meanwhile; from then on its
 * children are born inside. Does nothing where the system refuses. `isOver` ends the attempt early.
 */
export async function enclose(traces: ProcessTraces, isOver: () => boolean): Promise<void> {
  const dir = traces.cgroup;
  if (dir === undefined || !createCgroup(dir)) return;
  for (let round = 0; round < ROUNDS; round++) {
    const inside = new Set(listCgroup(dir));
    const outside = findTree(traces).filter((entry) => !inside.has(entry.pid));
    for (const entry of outside) {
      if (isOver() || !(await moveIntoCgroup(dir, entry.pid))) return;
    }
    if (outside.length === 0) return;
  }
}
