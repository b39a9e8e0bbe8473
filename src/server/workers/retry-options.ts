import type { Clock } from '../../lib/clock.ts';
import { type AppendOptions, LONGEST_RETRY_MS } from '../../store/attempt-store.ts';
import type { Wakeups } from '../wakeups.ts';

const FIRST_RETRY_MS = 1_000;

/** When the n-th automatic retry of a build that errored may begin: 1 s, 4 s, 16 s, … after the failure, at most 5 minutes. */
export function retryOptions(clock: Clock, errorRetries: number, wakeups: Pick<Wakeups, 'workAt'>): AppendOptions {
  const now = clock.now();
  return {
    now,
    errorRetries,
    retryAt: (retry) => {
      const at = now + Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 4 ** Math.max(0, retry - 1));
      wakeups.workAt(at);
      return at;
    },
  };
}
