import type { Clock } from '../../lib/clock.ts';
import { CodedError, errorText } from '../../lib/coded-error.ts';
import type { Logger } from '../../lib/logger.ts';
import type { RepositoryStore } from '../../store/repository-store.ts';
import { createLoop, type Loop, type Timers } from '../loops/loop.ts';
import type { OneAtATime } from '../servers/one-at-a-time.ts';
import { isStorageFailure } from '../storage-health.ts';
import type { Wakeups } from '../wakeups.ts';
import type { Activation } from './activate.ts';

export interface UpkeepParts {
  readonly store: RepositoryStore;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly wakeups: Wakeups;
  readonly activation: Activation;
  readonly oneAtATime: OneAtATime;
}

const HOUR_MS = 3_600_000;
const EVERY_MS = 10 * 60_000;
/** A webhook is looked for that often; who looks at the page can have it looked for at once. */
const LOOK_EVERY_MS = 6 * HOUR_MS;
/** What a forge sent is kept for so long, to be looked at and replayed. */
const BODIES_KEPT_MS = 14 * 24 * HOUR_MS;
/** That it came is remembered for longer: so long the same does nothing a second time. */
const KEPT_MS = 400 * 24 * HOUR_MS;
const LEASE_MS = 30 * 60_000;

/** Notices that a webhook is gone, or does not do any more what was set up, and mends it; drops old deliveries. */
export function createUpkeep(parts: UpkeepParts): Loop {
  const { store, clock, timers, logger, wakeups, activation } = parts;
  return createLoop({
    name: 'repositories',
    pollMs: EVERY_MS,
    timers,
    logger,
    run: parts.oneAtATime('repositories', LEASE_MS, async () => {
      const now = clock.now();
      await store.trimDeliveries(now - BODIES_KEPT_MS, now - KEPT_MS);
      const due = (await store.listRepositories()).filter(
        ({ active, syncedAt, activatedAt }) => active && (syncedAt ?? activatedAt) <= now - LOOK_EVERY_MS,
      );
      for (const repository of due) {
        try {
          const { notes } = await activation.sync(repository, undefined);
          logger.debug(`repository ${repository.fullName}: ${notes.join(', ')}`);
        } catch (error) {
          if (!(error instanceof CodedError) || isStorageFailure(error)) throw error;
          logger.warn(`repository ${repository.fullName}: ${errorText(error)}`);
        }
      }
      if (due.length > 0) wakeups.feed();
      return undefined;
    }),
  });
}
