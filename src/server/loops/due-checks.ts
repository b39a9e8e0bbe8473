import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { ResourceRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { ServerChecks } from '../resources/server-checks.ts';
import type { Wakeups } from '../wakeups.ts';
import { createClockWatch } from './clock-watch.ts';
import { createLoop, type Loop, type Timers } from './loop.ts';
import { nextCheckAt } from './next-check.ts';

const POLL_MS = 30_000;
const BATCH = 100;
/** Checks are spread a little, and clocks of two servers differ a little. */
const SLACK_MS = 60_000;

export interface DueChecksParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly wakeups: Wakeups;
  readonly checkIntervalMs: number;
  readonly serverChecks: ServerChecks;
  readonly monotonic?: (() => number) | undefined;
}

/**
 * Makes a check of each resource whose time has come, and sleeps until the next one's. At the start and when the clock was set back, resources whose time
 * is later than their schedule knows are checked now: their time is of the clock before.
 */
export function createDueChecks(parts: DueChecksParts): Loop {
  const { store, clock, timers, logger, wakeups } = parts;

  const jumped = createClockWatch(clock, parts.monotonic);
  let look = true;

  async function checkThoseOfAnotherTime(): Promise<void> {
    const now = clock.now();
    for (const resource of await store.resourcesDueAfter(now + SLACK_MS)) {
      const next = await nextCheckAt(resource.schedule, now, now, parts.checkIntervalMs);
      if (resource.nextCheckAt <= next + SLACK_MS) continue;
      logger.info('checked now: its time was of another clock', { resource: resource.address });
      if ((await parts.serverChecks.check(resource)) !== undefined) continue;
      await store.requestCheck({ resourceId: resource.id, now, nextCheckAt: next });
    }
  }

  async function request(resource: ResourceRecord): Promise<void> {
    if ((await parts.serverChecks.check(resource)) !== undefined) return;
    const now = clock.now();
    const due = resource.nextCheckAt;
    const next = await nextCheckAt(resource.schedule, due, now, parts.checkIntervalMs);
    await store.requestDueCheck({ resourceId: resource.id, due, now, nextCheckAt: next });
  }

  return createLoop({
    name: 'due checks',
    pollMs: POLL_MS,
    timers,
    logger,
    async run() {
      look = jumped() < 0 || look;
      if (look) await checkThoseOfAnotherTime();
      look = false;
      for (;;) {
        const due = await store.dueResources(clock.now(), BATCH);
        const failures: unknown[] = [];
        for (const resource of due) await request(resource).catch((error: unknown) => failures.push(error));
        if (due.length > 0) {
          wakeups.work('check');
          wakeups.feed();
        }
        // One that cannot be asked for keeps none of the others back.
        if (failures.length > 0) throw failures[0];
        if (due.length < BATCH) break;
      }
      const next = await store.nextCheckAt();
      // One that is due and has a check under way is not in `dueResources`: its end wakes us, and looking at once would spin.
      return next === undefined ? undefined : Math.max(250, next - clock.now());
    },
  });
}
