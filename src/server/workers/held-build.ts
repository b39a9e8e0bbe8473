import type { Clock } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { AttemptId, BuildId, WorkerId } from '../../lib/ids.ts';
import type { Sender } from '../../queue/queue.ts';
import type { BuildRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';

export interface HeldAttempt {
  readonly build: string;
  readonly attempt: string;
  readonly fencing: number;
}

/** The build, if this worker runs it now: its attempt, under its fencing number. Throws `build.not_held`. */
export type FindHeldBuild = (of: HeldAttempt, from: Sender) => Promise<BuildRecord>;

export function createFindHeldBuild(parts: {
  readonly store: Store;
  readonly clock: Clock;
  readonly leaseMs: number;
}): FindHeldBuild {
  const { store, clock, leaseMs } = parts;
  return async ({ build: id, attempt, fencing }, from) => {
    const attempts = [{ id: attempt as AttemptId, fencing }];
    const worker = from.worker as WorkerId;
    const { lost } = await store.renew({ workerId: worker, attempts, checks: [], leaseMs, now: clock.now() });
    const build = lost.length > 0 ? undefined : await store.getBuildRecord(id as BuildId);
    const isOfBuild =
      build !== undefined &&
      (await store.listAttempts(build.id)).some((one) => one.id === attempt && one.fencing === fencing);
    if (build !== undefined && isOfBuild) return build;
    throw new CodedError('build.not_held', 'this worker does not run that build now, so nothing is done for it');
  };
}
