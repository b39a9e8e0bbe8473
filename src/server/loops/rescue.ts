import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Store } from '../../store/store.ts';
import type { Wakeups } from '../wakeups.ts';
import { retryOptions } from '../workers/retry-options.ts';
import { createLoop, type Loop, type Timers } from './loop.ts';

const EVERY_MS = 2_000;

export interface RescueParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly wakeups: Wakeups;
  readonly errorRetries: number;
}

/** Ends attempts whose worker has not renewed its lease, so that their builds are tried again or end. */
export function createRescue({ store, clock, timers, logger, wakeups, errorRetries }: RescueParts): Loop {
  return createLoop({
    name: 'rescue',
    pollMs: EVERY_MS,
    timers,
    logger,
    async run() {
      const rescued = await store.rescueExpired(retryOptions(clock, errorRetries, wakeups));
      for (const { buildId, pipelineId } of rescued) {
        logger.warn('a worker was lost in the middle of a build', { build: buildId });
        wakeups.build(buildId);
        wakeups.schedule(pipelineId);
      }
      if (rescued.length > 0) {
        wakeups.work();
        wakeups.feed();
      }
      return undefined;
    },
  });
}
