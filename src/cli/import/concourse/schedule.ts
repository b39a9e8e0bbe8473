/** The `time` resource: an interval, or a time of the day between two others, on some days. */
import { partsOf } from '../hcl-text.ts';
import type { Source } from '../source.ts';
import type { ReadingSource } from './resource-rules.ts';

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

export function readSchedule({ source, block, vars, conversion }: ReadingSource): void {
  const zone = vars.text(source?.get('location'), { open: true });
  if (source === undefined) {
    block.set('check_interval', '@every 1m');
    return;
  }
  const interval = source.entries.get('interval')?.scalar;
  const expression = source.entries.get('expression')?.scalar;
  const start = clockOf(source.entries.get('start'));
  const days = (source.entries.get('days')?.items ?? []).map(({ scalar }) =>
    DAYS.indexOf(String(scalar).toLowerCase()),
  );
  const weekdays = days.length > 0 && !days.includes(-1) ? days.sort((a, b) => a - b).join(',') : '*';
  const minutes = minutesOf(interval);
  if (typeof expression === 'string') {
    source.textOf('expression');
    block.set('check_interval', expression);
  } else if (start === undefined && weekdays === '*') {
    const every = typeof interval === 'string' && minutes !== undefined ? vars.text(source.get('interval')) : undefined;
    block.set('check_interval', every === undefined ? '@every 1m' : `@every ${partsOf(every).join('')}`);
  } else {
    source.get('interval')?.text();
    source.get('start')?.text();
    source.get('days')?.texts();
    const stop = clockOf(source.entries.get('stop'));
    const from = start ?? { hour: 0, minute: 0 };
    const often = minutes !== undefined && minutes < 60 && 60 % minutes === 0 ? `*/${minutes}` : undefined;
    const window = stop !== undefined && stop.hour > from.hour ? `${from.hour}-${stop.hour - 1}` : undefined;
    if (window !== undefined && (often !== undefined || minutes === 60)) {
      source.get('stop')?.text();
      block.set('check_interval', `${often ?? from.minute} ${window} * * ${weekdays}`);
    } else {
      // Once a day, when the time begins: that is what one time a day between two others is for.
      source.get('stop')?.text();
      block.set('check_interval', `${from.minute} ${from.hour} * * ${weekdays}`);
      if (minutes !== undefined && minutes < 24 * 60) {
        conversion.differs(block, source, 'this is once a day here', 'write the times as a cron expression');
      }
    }
  }
  block.set('timezone', zone);
}

function minutesOf(interval: unknown): number | undefined {
  const parts = typeof interval === 'string' ? [...interval.matchAll(/(\d+)(h|m|s)/g)] : [];
  if (parts.length === 0 || parts.map(([all]) => all).join('') !== interval) return undefined;
  return parts.reduce(
    (sum, [, number, unit]) => sum + Number(number) * (unit === 'h' ? 60 : unit === 'm' ? 1 : 1 / 60),
    0,
  );
}

/** `3:00 AM`, `3AM`, `15:00`, `1500`, each perhaps with the offset of a zone behind it. */
function clockOf(source: Source | undefined): { readonly hour: number; readonly minute: number } | undefined {
  const text = source?.kind === 'scalar' ? source.written : '';
  const match = /^(\d{1,2}):?(\d{2})?\s*([AP]M)?(\s*[+-]0000)?$/i.exec(text);
  if (match === null) return undefined;
  const half = match[3]?.toUpperCase();
  const hour = half === undefined ? Number(match[1]) : (Number(match[1]) % 12) + (half === 'PM' ? 12 : 0);
  const minute = Number(match[2] ?? 0);
  return hour < 24 && minute < 60 ? { hour, minute } : undefined;
}
