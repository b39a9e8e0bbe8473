/** Who does something that stands until it is undone. */
import type { Clock } from '../lib/clock.ts';
import type { MarkView } from '../protocol/choices.ts';
import type { JobRecord, Mark } from '../store/records.ts';
import type { Asker } from './auth/principal.ts';

export function markNow(clock: Clock, { name }: Asker, body: { reason?: string | undefined } | undefined): Mark {
  return { by: name, at: clock.now(), reason: body?.reason };
}

export function markView({ by, at, reason }: Mark): MarkView {
  return { by, at, ...(reason !== undefined && { reason }) };
}

/** Of a job or a pipeline that somebody paused. */
export function pauseView(of: Pick<JobRecord, 'pausedBy' | 'pausedAt' | 'pausedReason'>): { pause?: MarkView } {
  const { pausedBy: by, pausedAt: at, pausedReason: reason } = of;
  return by === undefined || at === undefined ? {} : { pause: markView({ by, at, reason }) };
}
