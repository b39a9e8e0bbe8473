import type { Instant } from '../../lib/clock.ts';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
] as const;

/** How long ago, or until when: `just now`, `4m ago`, `in 2h`, and the date once a month lies between. */
export function relativeTime(at: Instant, now: Instant): string {
  const distance = Math.abs(now - at);
  if (distance > 30 * 86_400_000) return calendarDate(at);
  const [unit, size] = UNITS.find(([, ms]) => distance >= ms) ?? ['s', 1_000];
  const count = Math.floor(distance / size);
  if (unit === 's' && count < 10) return at > now ? 'in a moment' : 'just now';
  return at > now ? `in ${count}${unit}` : `${count}${unit} ago`;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `2026-11-21`, in the reader's time zone. */
export function calendarDate(at: Instant): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** `2026-11-21 23:03:05 UTC+2`, in the reader's time zone, which is named because logs get copied to people elsewhere. */
export function absoluteTime(at: Instant): string {
  const date = new Date(at);
  const minutes = -date.getTimezoneOffset();
  const sign = minutes < 0 ? '-' : '+';
  const hours = Math.floor(Math.abs(minutes) / 60);
  const rest = Math.abs(minutes) % 60;
  const zone = minutes === 0 ? 'UTC' : `UTC${sign}${hours}${rest === 0 ? '' : `:${two(rest)}`}`;
  return `${calendarDate(at)} ${clockTime(at)} ${zone}`;
}

/** `23:03:05`, in the reader's time zone. */
export function clockTime(at: Instant): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** A running time that counts by whole seconds, so that it does not tremble: `0s`, `42s`, `3m 07s`, `2h 05m`. */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  return `${Math.floor(seconds / 3_600)}h ${two(Math.floor(seconds / 60) % 60)}m`;
}

/** Time since a step began, for a log's margin: `0.042`, `12.5`, `3:07`, `1:02:03`. */
export function sinceStart(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < 10_000) return (whole / 1_000).toFixed(3);
  if (whole < 60_000) return (whole / 1_000).toFixed(1);
  const seconds = Math.floor(whole / 1_000);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
