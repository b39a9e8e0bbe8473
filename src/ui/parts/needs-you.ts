import type { GlyphStatus } from '../../graph/status-glyph.ts';
import type { PipelineSummary } from '../../protocol/api.ts';

/** One thing that waits for a person. */
export interface Need {
  readonly key: string;
  readonly status: GlyphStatus;
  readonly team: string;
  readonly pipeline: string;
  /** What it is about: a job with its build, or a resource. */
  readonly about:
    | { readonly kind: 'build'; readonly job: string; readonly number: number }
    | { readonly kind: 'check'; readonly address: string };
  readonly text: string;
  readonly hint: string | undefined;
  readonly since: number | null;
}

const URGENCY: Readonly<Partial<Record<GlyphStatus, number>>> = { waiting_for_approval: 0, failed: 1, errored: 2 };

/**
 * What needs a person: approvals first, then red jobs with the newest on top, then checks that fail. A paused job was seen by somebody; one that
 * runs again is being dealt with.
 */
export function needsOf(pipelines: readonly PipelineSummary[]): Need[] {
  const needs: Need[] = [];
  for (const { team, name, jobs, failingChecks, paused } of pipelines) {
    for (const job of jobs) {
      if (job.number === null || job.status === null || paused || job.paused || job.running) continue;
      if (!(job.status in URGENCY)) continue;
      needs.push({
        key: `${team} ${name} ${job.name}`,
        status: job.status,
        team,
        pipeline: name,
        about: { kind: 'build', job: job.name, number: job.number },
        text: job.status === 'waiting_for_approval' ? 'waits for approval' : job.status,
        hint: undefined,
        since: job.startedAt,
      });
    }
    for (const { resource, problem } of failingChecks) {
      needs.push({
        key: `${team} ${name} ${resource}`,
        status: 'errored',
        team,
        pipeline: name,
        about: { kind: 'check', address: resource },
        text: problem.message,
        hint: problem.hint,
        since: null,
      });
    }
  }
  const rank = (need: Need): number => (need.about.kind === 'check' ? 3 : (URGENCY[need.status] ?? 3));
  return needs.sort((a, b) => rank(a) - rank(b) || (b.since ?? 0) - (a.since ?? 0));
}
