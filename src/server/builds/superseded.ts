/** Builds that an `interruptible` job stopped because a newer one came. */
import type { BuildView } from '../../protocol/builds.ts';
import { isEnded } from '../../protocol/status.ts';

/** Who cancelled them, as people read it on the build. No user has such a name. */
export const SUPERSEDED_BY = 'a newer build of the same branch';

/** `builds` of a job, newest first: those that were stopped since the last one that came to its own end. */
export function supersededOf(builds: readonly BuildView[]): readonly number[] {
  const found: number[] = [];
  for (const { number, status, cancelledBy } of builds) {
    if (status === 'cancelled' && cancelledBy === SUPERSEDED_BY) found.push(number);
    else if (isEnded(status)) break;
  }
  return found;
}
