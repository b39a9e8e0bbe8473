import type { Clock } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { CheckRecord, ResourceRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import { nextCheckAt } from '../loops/next-check.ts';
import { ofFork } from '../repository-builds/of-fork.ts';
import type { Wakeups } from '../wakeups.ts';
import type { ServerChecks } from './server-checks.ts';

export interface CheckNowParts {
  readonly store: Pick<Store, 'requestCheck' | 'getPipeline'>;
  readonly clock: Clock;
  readonly wakeups: Pick<Wakeups, 'work' | 'checks' | 'feed'>;
  readonly checkIntervalMs: number;
  readonly serverChecks: ServerChecks;
}

/** Has a resource looked at, unless that is under way. Throws `resource.never_checked`, and `build.of_fork` where a check would run what a stranger wrote. */
export async function checkNow(parts: CheckNowParts, resource: ResourceRecord, by: string): Promise<CheckRecord> {
  const { store, clock, wakeups, checkIntervalMs, serverChecks } = parts;
  if ((await store.getPipeline(resource.pipelineId))?.fork === true) throw ofFork('no checks');
  if (resource.neverChecked) {
    const why = 'has its versions from put, or from the events of its forge: there is nothing to look for';
    throw new CodedError('resource.never_checked', `${resource.address} ${why}`, {
      hint: 'run the job that puts it, or push',
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
