import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { ResourceRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { Wakeups } from '../wakeups.ts';
import { createLoop, type Loop, type Timers } from './loop.ts';
import { nextCheckAt } from './next-check.ts';

const POLL_MS = 30_000;
const BATCH = 100;

export interface DueChecksParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly wakeups: Wakeups;
  readonly checkIntervalMs: number;
}

/** Makes a check of each resource whose time has come, and sleeps until the next one's. */
export function createDueChecks(parts: DueChecksParts): Loop {
  const { store, clock, timers, logger, wakeups } = parts;

  async function request(resource: ResourceRecord): Promise<void> {
    const now = clock.now();
    const next = await nextCheckAt(resource.schedule, resource.nextCheckAt, now, parts.checkIntervalMs);
    await store.requestCheck({ resourceId: resource.id, now, nextCheckAt: next });
  }

  return createLoop({
    name: 'due checks',
    pollMs: POLL_MS,
    timers,
    logger,
    async run() {
      for (;;) {
        const due = await store.dueResources(clock.now(), BATCH);
        for (const resource of due) await request(resource);
        if (due.length > 0) {
          wakeups.work();
          wakeups.feed();
        }
        if (due.length < BATCH) break;
      }
      const next = await store.nextCheckAt();
      // One that is due and has a check under way is not in `dueResources`: its end wakes us, and looking at once would spin.
      return next === undefined ? undefined : Math.max(250, next - clock.now());
    },
  });
}
