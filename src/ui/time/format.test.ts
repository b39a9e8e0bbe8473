import { describe, expect, test } from 'bun:test';
import { absoluteTime, elapsed, relativeTime, sinceStart } from './format.ts';

const now = Date.UTC(2026, 10, 21, 23, 3, 5);
const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000];

describe('relativeTime', () => {
  test.each([
    [0, 'just now'],
    [9 * second, 'just now'],
    [10 * second, '10s ago'],
    [59.9 * second, '59s ago'],
    [minute, '1m ago'],
    [59 * minute, '59m ago'],
    [25 * hour, '1d ago'],
    [30 * day, '30d ago'],
    [-5 * second, 'in a moment'],
    [-90 * minute, 'in 1h'],
  ])('%d ms', (ago, said) => expect(relativeTime(now - ago, now)).toBe(said));

  test('after a month it is a date', () => expect(relativeTime(now - 40 * day, now)).toMatch(/^2026-10-1\d$/));
});

test('absoluteTime names its zone', () => {
  expect(absoluteTime(now)).toMatch(/^2026-11-2\d \d\d:\d\d:05 UTC/);
});

test.each([
  [-1, '0s'],
  [999, '0s'],
  [42_900, '42s'],
  [187_000, '3m 07s'],
  [7_500_000, '2h 05m'],
])('elapsed %d', (ms, said) => expect(elapsed(ms)).toBe(said));

test.each([
  [42, '0.042'],
  [12_540, '12.5'],
  [187_000, '3:07'],
  [3_723_000, '1:02:03'],
])('sinceStart %d', (ms, said) => expect(sinceStart(ms)).toBe(said));
