import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Store } from '../../store/store.ts';
import { createLoop, type Loop, type Timers } from './loop.ts';

const EVERY_MS = 3_600_000;
const AUDIT_KEPT_MS = 400 * 86_400_000;

/** Drops sessions, tokens and links that expired, and old notes of who did what. */
export function createIdentityTrim(store: Store, clock: Clock, timers: Timers, logger: Logger): Loop {
  return createLoop({
    name: 'trimming sessions',
    pollMs: EVERY_MS,
    timers,
    logger,
    async run() {
      const now = clock.now();
      await store.trimIdentity(now, now - AUDIT_KEPT_MS);
      return undefined;
    },
  });
}
