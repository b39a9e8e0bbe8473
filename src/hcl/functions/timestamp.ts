/** An instant with the offset it was written in. */
export interface Timestamp {
  /** Milliseconds since 1970 UTC, and what of them a millisecond does not hold. */
  readonly ms: number;
  readonly nanos: number;
  readonly offsetMinutes: number;
}

const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:Z|([+-])(\d{2}):(\d{2}))$/;

/** A timestamp as RFC 3339 has it, or a sentence about what is wrong. */
export function parseTimestamp(text: string): Timestamp | string {
  const match = RFC_3339.exec(text);
  if (match === null)
    return `${JSON.stringify(text)} is no timestamp; one looks like 2006-01-02T15:04:05Z or 2006-01-02T15:04:05+01:00.`;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const offset = (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)) * (match[8] === '-' ? -1 : 1);
  const date = new Date(Date.UTC(2000, month - 1, day, hour, minute, second));
  date.setUTCFullYear(year, month - 1, day);
  if (month < 1 || month > 12 || date.getUTCDate() !== day || day < 1)
    return `${JSON.stringify(text)} has a day that does not exist.`;
  if (Math.abs(offset) >= 24 * 60 || Number(match[10] ?? 0) > 59)
    return `${JSON.stringify(text)} has an offset that does not exist.`;
  if (hour > 23 || minute > 59 || second > 59) return `${JSON.stringify(text)} has a time that does not exist.`;
  const fraction = (match[7] ?? '').padEnd(9, '0').slice(0, 9);
  return {
    ms: date.getTime() - offset * 60_000 + Number(fraction.slice(0, 3)),
    nanos: Number(fraction.slice(3)),
    offsetMinutes: offset,
  };
}

/** RFC 3339 again, to the second, in its own offset. */
export function timestampText({ ms, offsetMinutes }: Timestamp): string {
  // A year of five digits is written with a sign and zeros, and the fraction of a second is always there.
  const [whole = ''] = new Date(ms + offsetMinutes * 60_000).toISOString().replace(/^\+0*/, '').split('.');
  return `${whole}${offsetText(offsetMinutes, ':', 'Z')}`;
}

export function offsetText(offsetMinutes: number, separator: string, zero: string): string {
  if (offsetMinutes === 0) return zero;
  const [sign, size] = [offsetMinutes < 0 ? '-' : '+', Math.abs(offsetMinutes)];
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${sign}${two(Math.floor(size / 60))}${separator}${two(size % 60)}`;
}

const UNIT_NANOS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
  h: 3.6e12,
};

/** A length of time as Go writes it (`-1h30m`, `1.5s`), in nanoseconds; undefined if it is none. */
export function parseGoDuration(text: string): number | undefined {
  const match = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/.exec(text);
  if (match === null) return undefined;
  let nanos = 0;
  for (const [, amount, unit] of (match[2] ?? '').matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    nanos += Number(amount) * (UNIT_NANOS[unit ?? ''] ?? 0);
  }
  return match[1] === '-' ? -nanos : nanos;
}
