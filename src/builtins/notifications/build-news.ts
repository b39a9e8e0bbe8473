/** What a notification tells: the facts of a build as the engine hands them to `notify`, and the message of the pipeline's author. */
import { type CommandEnv, param } from '../builtin-command.ts';

/** How the build stands. `running`: the notification is a step of a build that goes on. */
const STATUSES = ['succeeded', 'failed', 'errored', 'cancelled', 'warning', 'skipped', 'running'] as const;
export type NewsStatus = (typeof STATUSES)[number];

export interface BuildNews {
  readonly id: string;
  readonly number: string;
  readonly attempt: string;
  readonly job: string;
  readonly pipeline: string;
  readonly team: string;
  /** Empty for a build of `pikoci run`, which has no page. */
  readonly url: string;
  readonly status: NewsStatus;
  /** Against the build before it: red after green is `broken`, green after red is `fixed`. */
  readonly change: 'fixed' | 'broken' | undefined;
  /** Such as `1m 20s`. */
  readonly duration: string | undefined;
  /** Why it ran: `git.app {"ref":"…"}`. */
  readonly cause: string | undefined;
  /** `shop/test #12 failed`. */
  readonly title: string;
  /** What the author wrote. */
  readonly message: string | undefined;
}

export function readNews(env: CommandEnv): BuildNews {
  const status = STATUSES.find((known) => known === env.BUILD_STATUS) ?? 'running';
  const [job, pipeline, number] = [env.BUILD_JOB_NAME ?? '', env.BUILD_PIPELINE_NAME ?? '', env.BUILD_NUMBER ?? ''];
  const change = changeOf(status, env.BUILD_PREVIOUS_STATUS);
  const name = `${pipeline}/${job}${number === '' ? '' : ` #${number}`}`;
  return {
    id: env.BUILD_ID ?? '',
    number,
    attempt: env.BUILD_ATTEMPT ?? '',
    job,
    pipeline,
    team: env.BUILD_TEAM_NAME ?? '',
    url: /^https?:\/\//.test(env.BUILD_URL ?? '') ? (env.BUILD_URL ?? '') : '',
    status,
    change,
    duration: env.BUILD_DURATION || undefined,
    cause: env.BUILD_CAUSE || undefined,
    title: `${name} ${change === 'fixed' ? 'is fixed' : status === 'warning' ? 'succeeded with a warning' : WORDS[status]}`,
    message: env.NOTIFY_MESSAGE || undefined,
  };
}

const WORDS: Readonly<Record<NewsStatus, string>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  errored: 'errored',
  cancelled: 'was cancelled',
  warning: 'succeeded with a warning',
  skipped: 'was skipped',
  running: 'is running',
};

function changeOf(status: NewsStatus, before: string | undefined): BuildNews['change'] {
  const wasGreen = before === 'succeeded' || before === 'warning';
  const wasRed = before === 'failed' || before === 'errored';
  if ((status === 'succeeded' || status === 'warning') && wasRed) return 'fixed';
  return (status === 'failed' || status === 'errored') && wasGreen ? 'broken' : undefined;
}

/** As six hexadecimal digits. */
export const COLOURS: Readonly<Record<NewsStatus, string>> = {
  succeeded: '2da44e',
  failed: 'cf222e',
  errored: 'bc4c00',
  cancelled: '6e7781',
  warning: 'd4a72c',
  skipped: '6e7781',
  running: '0969da',
};

/** What the `notify` step says, else what its `notification` block does. */
export function setting(env: CommandEnv, name: string): string | undefined {
  return env[`notify_${name}`] || param(env, name);
}

/** At most so many characters (UTF-16 code units, as the services count), never half of one; what was cut ends in `…`. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const kept = text.slice(0, most - 1);
  const last = kept.charCodeAt(kept.length - 1);
  return `${last >= 0xd800 && last < 0xdc00 ? kept.slice(0, -1) : kept}…`;
}
