/** The last lines of `pikoci run`: each job with what it came to, and how to run again only what failed. */
import { formatDuration } from '../lib/duration.ts';
import type { Style } from './style.ts';

export interface SummaryJob {
  readonly job: string;
  readonly state: 'passed' | 'passed, with warnings' | 'failed' | 'errored' | 'cancelled' | 'not run';
  readonly ms: number;
  readonly steps: number;
  /** What failed, or why it was not run. */
  readonly why: string | undefined;
}

export function renderSummary(jobs: readonly SummaryJob[], ms: number, style: Style): string[] {
  const width = Math.max(0, ...jobs.map(({ job }) => job.length));
  const passed = jobs.filter(({ state }) => state === 'passed' || state === 'passed, with warnings').length;
  const lines = jobs.map(({ job, state, ms: took, steps, why }) => {
    const about =
      state === 'not run' ? '' : `${formatDuration(took).padStart(7)}  ${steps} step${steps === 1 ? '' : 's'}`;
    const text = [about, [state === 'passed' ? '' : state, why].filter(Boolean).join(': ')].filter(Boolean).join('  ');
    return `  ${markOf(state, style)} ${job.padEnd(width)}  ${text}`.trimEnd();
  });
  const all = passed === jobs.length ? style.green('✓') : style.red('✗');
  return [...lines, `${all} ${style.bold(`${passed} of ${jobs.length} jobs passed`)} in ${formatDuration(ms)}`];
}

function markOf(state: SummaryJob['state'], style: Style): string {
  switch (state) {
    case 'passed':
      return style.green('✓');
    case 'failed':
      return style.red('✗');
    case 'errored':
    case 'passed, with warnings':
      return style.yellow('!');
    case 'cancelled':
    case 'not run':
      return style.dim('-');
  }
}

/** An argument as a shell reads it back. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
