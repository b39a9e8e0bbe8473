import type { Instant } from '../../lib/clock.ts';
import type { ResourceView } from '../../protocol/api.ts';
import { ago } from './table.ts';

const LONG_CHECK_MS = 10_000;

/** When a resource was checked. Of a check under way only when it takes its time: most are over before anybody looks. */
export function checkedText(
  { lastCheckAt, checkingSince }: Pick<ResourceView, 'lastCheckAt' | 'checkingSince'>,
  now: Instant,
): string {
  const last = ago(lastCheckAt, now);
  if (checkingSince === undefined || now - checkingSince < LONG_CHECK_MS) return last;
  return `${last}; one is under way, asked for ${ago(checkingSince, now)}`;
}
