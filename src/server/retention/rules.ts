import type { Instant } from '../../lib/clock.ts';
import type { Job } from '../../pipeline/model.ts';
import type { RetentionRule } from '../../store/retention.ts';

/** What the server keeps where a job says nothing; absent: all of it. */
export interface RetentionSettings {
  readonly builds?: number | undefined;
  readonly days?: number | undefined;
  /** Logs alone, of all jobs. */
  readonly logsDays?: number | undefined;
}

const DAY_MS = 86_400_000;

/** The limits of a job: its own, and the server's for what it leaves open. */
export function limitsOf(job: Pick<Job, 'retain'> | undefined, settings: RetentionSettings) {
  return { builds: job?.retain?.builds ?? settings.builds, days: job?.retain?.days ?? settings.days };
}

export type Limits = ReturnType<typeof limitsOf>;

/** Undefined when everything is kept. */
export function ruleOf({ builds, days }: Limits, now: Instant): RetentionRule | undefined {
  if (builds === undefined && days === undefined) return undefined;
  return { builds, ...(days !== undefined && { endedBefore: now - days * DAY_MS }) };
}

export const logsEndedBefore = ({ logsDays }: RetentionSettings, now: Instant): Instant | undefined =>
  logsDays === undefined ? undefined : now - logsDays * DAY_MS;
