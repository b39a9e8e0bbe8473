import type { Clock } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { CheckRecord, ResourceRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import { nextCheckAt } from '../loops/next-check.ts';
import type { Wakeups } from '../wakeups.ts';
import type { ServerChecks } from './server-checks.ts';

export interface CheckNowParts {
  readonly store: Pick<Store, 'requestCheck'>;
  readonly clock: Clock;
  readonly wakeups: Pick<Wakeups, 'work' | 'checks' | 'feed'>;
  readonly checkIntervalMs: number;
  readonly serverChecks: ServerChecks;
}

/** Has a resource looked at, unless that is under way. Throws `resource.never_checked`. */
export async function checkNow(parts: CheckNowParts, resource: ResourceRecord, by: string): Promise<CheckRecord> {
  const { store, clock, wakeups, checkIntervalMs, serverChecks } = parts;
  if (resource.neverChecked) {
    throw new CodedError('resource.never_checked', `${resource.address} is made by put: there is nothing to look for`, {
      hint: 'run the job that puts it',
    });
  }
  const own = await serverChecks.check(resource, by);
  if (own !== undefined) return own;
  const now = clock.now();
  const next = await nextCheckAt(resource.schedule, now, now, checkIntervalMs);
  const check = await store.requestCheck({ resourceId: resource.id, by, now, nextCheckAt: next });
  wakeups.work();
  wakeups.checks();
  wakeups.feed();
  return check;
}
