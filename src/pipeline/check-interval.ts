import { errorText } from '../lib/coded-error.ts';
import { parseDuration } from '../lib/duration.ts';
import { nearest } from '../lib/nearest.ts';
import type { CheckSchedule } from './model.ts';

const NICKNAMES = ['@every', '@hourly', '@daily', '@midnight', '@weekly', '@monthly', '@yearly', '@annually'];
const SHORTEST_MS = 1_000;

export type CheckInterval =
  | { readonly kind: 'schedule'; readonly schedule: CheckSchedule }
  | { readonly kind: 'wrong'; readonly detail: string; readonly suggestion?: string };

/** Reads `@every 1m`, `@hourly` and the like, or a cron expression of five fields (six with seconds), in that time zone. */
export async function parseCheckInterval(text: string, timezone: string): Promise<CheckInterval> {
  const every = /^@every\s+(.+)$/.exec(text.trim());
  if (every !== null) {
    const ms = parseDuration(every[1] ?? '');
    if (ms === undefined)
      return wrong(`"${every[1]}" is not a length of time; write for example "@every 30s" or "@every 1h30m".`);
    if (ms < SHORTEST_MS) return wrong('The shortest distance is "@every 1s".');
    return { kind: 'schedule', schedule: { kind: 'every', ms } };
  }
  const expression = text.trim();
  if (expression.startsWith('@') && !NICKNAMES.includes(expression.toLowerCase())) {
    const [word = ''] = expression.split(/\s/);
    const suggestion = nearest(word, NICKNAMES);
    const all = suggestion === undefined ? ` There are: ${NICKNAMES.join(', ')} (as in "@every 1m").` : '';
    return wrong(`There is no "${word}".${all}`, suggestion);
  }
  if (parseDuration(expression) !== undefined) {
    return wrong('A length of time is written with "@every".', `@every ${expression}`);
  }
  if (!isTimezone(timezone))
    return wrong(`There is no time zone "${timezone}"; they have names such as "Europe/Madrid".`);
  const fields = expression.split(/\s+/).length;
  if (!expression.startsWith('@') && fields !== 5 && fields !== 6) {
    return wrong(
      `A cron expression has five fields (minute, hour, day, month, weekday), and this has ${fields}; for example "0 3 * * *".`,
    );
  }
  const { Cron } = await import('croner');
  try {
    const cron = new Cron(expression, { paused: true, timezone });
    if (cron.nextRun() === null) return wrong(`"${expression}" never comes.`);
  } catch (error) {
    return wrong(
      `"${expression}" is not a cron expression: ${errorText(error).replace(/^CronPattern: /, '')}. Its fields are minute, hour, day, month and weekday.`,
    );
  }
  return { kind: 'schedule', schedule: { kind: 'cron', expression, timezone } };
}

function wrong(detail: string, suggestion?: string): CheckInterval {
  return { kind: 'wrong', detail, ...(suggestion !== undefined && { suggestion }) };
}

function isTimezone(timezone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
