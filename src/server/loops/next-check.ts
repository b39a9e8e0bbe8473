import type { Instant } from '../../lib/clock.ts';
import type { CheckSchedule } from '../../pipeline/model.ts';

const DEFAULT_EVERY_MS = 60_000;
/** A cron expression that never comes again (the 30th of February) is asked about once a day. */
const NEVER_AGAIN_MS = 24 * 3_600_000;

/**
 * When a resource is due after a check at `now`. `@every` keeps its beat: one that was due at `due` and is looked at a little late is
 * not late the next time too. A cron expression is read in its time zone.
 */
export async function nextCheckAt(
  schedule: CheckSchedule | undefined,
  due: Instant,
  now: Instant,
  defaultEveryMs: number = DEFAULT_EVERY_MS,
): Promise<Instant> {
  if (schedule?.kind === 'cron') {
    const { Cron } = await import('croner');
    const next = new Cron(schedule.expression, { timezone: schedule.timezone }).nextRun(new Date(now));
    return next?.getTime() ?? now + NEVER_AGAIN_MS;
  }
  const every = schedule?.ms ?? defaultEveryMs;
  return due + every > now && due <= now ? due + every : now + every;
}
