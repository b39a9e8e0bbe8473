import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Store } from '../../store/store.ts';
import { createLoop, type Loop, type Timers } from './loop.ts';

const EVERY_MS = 10 * 60_000;
/** A page that was away longer loads everything again. */
const KEPT_MS = 3_600_000;

/** Drops old entries of the feed, and what was to be known for a while only. */
export function createFeedTrim(store: Store, clock: Clock, timers: Timers, logger: Logger): Loop {
  return createLoop({
    name: 'trimming the feed',
    pollMs: EVERY_MS,
    timers,
    logger,
    async run() {
      await store.trimFeed(clock.now() - KEPT_MS);
      await store.trimShortLived();
      return undefined;
    },
  });
}
