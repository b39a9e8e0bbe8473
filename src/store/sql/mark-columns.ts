/** A mark in its three columns. */
import type { Instant } from '../../lib/clock.ts';
import type { Mark } from '../records.ts';
import { orUndefined } from './context.ts';

export function markOf(by: string | null, at: Instant | null, reason: string | null): Mark | undefined {
  return by === null || at === null ? undefined : { by, at, reason: orUndefined(reason) };
}

export const pausedColumns = (mark: Mark | undefined) => ({
  paused_by: mark?.by ?? null,
  paused_at: mark?.at ?? null,
  paused_note: mark?.reason ?? null,
});
