import type { Clock } from '../../lib/clock.ts';
import { formatDuration } from '../../lib/duration.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Store } from '../../store/store.ts';
import type { Wakeups } from '../wakeups.ts';
import { retryOptions } from '../workers/retry-options.ts';
import { createClockWatch } from './clock-watch.ts';
import { createLoop, type Loop, type Timers } from './loop.ts';

const EVERY_MS = 2_000;
/** Workers say something every few seconds: one that is silent for so long and a lease is lost, whether or not it holds one. */
const SILENT_MS = 30_000;
/** Servers of one database may give leases of different lengths; one that ends later than so many of ours is of another time. */
const LEASES = 4;

export interface RescueParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly wakeups: Wakeups;
  readonly errorRetries: number;
  readonly leaseMs: number;
  /** Counts milliseconds whatever is done to the clock. */
  readonly monotonic?: (() => number) | undefined;
}

/**
 * Ends attempts whose worker has not renewed its lease, so that their builds are tried again or end.
 *
 * When the clock jumps, leases look over that are not, or last for hours: then every worker gets the time of a lease to renew by the new time before
 * anybody is judged by it.
 */
export function createRescue(parts: RescueParts): Loop {
  const { store, clock, timers, logger, wakeups, errorRetries, leaseMs, monotonic = () => performance.now() } = parts;
  const jumped = createClockWatch(clock, monotonic);
  const startedAt = monotonic();
  let quietUntil = startedAt;
  return createLoop({
    name: 'rescue',
    pollMs: EVERY_MS,
    timers,
    logger,
    async run() {
      const jump = jumped();
      if (jump !== 0) {
        const way = jump > 0 ? 'forward' : 'back';
        logger.warn(
          `the clock jumped ${way} by ${formatDuration(Math.abs(jump))}: workers get a lease's time to be heard of`,
        );
        quietUntil = monotonic() + leaseMs;
      }
      const quietMs = quietUntil - monotonic();
      if (quietMs > 0) return quietMs;
      // A server that has just started has not heard its workers yet.
      const longestLeaseMs = monotonic() - startedAt > leaseMs ? LEASES * leaseMs : undefined;
      const rescued = await store.rescueExpired({ ...retryOptions(clock, errorRetries, wakeups), longestLeaseMs });
      for (const { buildId, pipelineId } of rescued) {
        logger.warn('a worker was lost in the middle of a build', { build: buildId });
        wakeups.build(buildId);
        wakeups.schedule(pipelineId);
      }
      const lost = await store.loseSilentWorkers(clock.now() - SILENT_MS - leaseMs, clock.now());
      if (rescued.length > 0 || lost > 0) {
        wakeups.work();
        wakeups.feed();
      }
      return undefined;
    },
  });
}
