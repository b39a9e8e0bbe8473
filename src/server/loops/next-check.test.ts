import { expect, test } from 'bun:test';
import type { CheckSchedule } from '../../pipeline/model.ts';
import { nextCheckAt } from './next-check.ts';

const at = (text: string): number => Date.parse(text);
const cron = (expression: string, timezone = 'UTC'): CheckSchedule => ({ kind: 'cron', expression, timezone });
const NOON = '2026-03-28T12:00:00Z';

test.each([
  ['nothing said', undefined, NOON, NOON, '2026-03-28T12:01:00Z'],
  ['a beat, looked at late', { kind: 'every', ms: 10_000 }, NOON, '2026-03-28T12:00:03Z', '2026-03-28T12:00:10Z'],
  ['a beat, missed', { kind: 'every', ms: 10_000 }, NOON, '2026-03-28T13:00:03Z', '2026-03-28T13:00:13Z'],
  ['asked for before its time', { kind: 'every', ms: 10_000 }, '2026-03-28T12:00:08Z', NOON, '2026-03-28T12:00:10Z'],
  ['every morning', cron('0 6 * * *'), NOON, NOON, '2026-03-29T06:00:00Z'],
  [
    'an hour that summer time leaves out: when it is over',
    cron('30 2 * * *', 'Europe/Berlin'),
    NOON,
    NOON,
    '2026-03-29T01:00:00Z',
  ],
  ['never again', cron('0 0 30 2 *'), NOON, NOON, '2026-03-29T12:00:00Z'],
] as [string, CheckSchedule | undefined, string, string, string][])(
  'the next check: %s',
  async (_name, schedule, due, now, expected) => {
    expect(new Date(await nextCheckAt(schedule, at(due), at(now))).toISOString()).toBe(
      new Date(expected).toISOString(),
    );
  },
);
