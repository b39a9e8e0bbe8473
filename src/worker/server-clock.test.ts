import { expect, test } from 'bun:test';
import { createServerClock } from './server-clock.ts';

const HOUR_MS = 3_600_000;

test('what a server measured is taken off, and stays while a later measure says about the same', () => {
  const clock = createServerClock({ now: () => 10 * HOUR_MS });
  expect(clock.now()).toBe(10 * HOUR_MS);
  clock.measured(HOUR_MS, 20);
  expect([clock.now(), clock.own()]).toEqual([9 * HOUR_MS, 10 * HOUR_MS]);
  clock.measured(HOUR_MS + 1_000, 20);
  expect(clock.now()).toBe(9 * HOUR_MS);
  // Somebody has set it right.
  clock.measured(15, 20);
  expect(clock.now()).toBe(10 * HOUR_MS - 15);
});

test('a hello that was on its way for long says nothing of a clock', () => {
  const clock = createServerClock({ now: () => HOUR_MS });
  clock.measured(-9_000, 10_000);
  expect(clock.now()).toBe(HOUR_MS);
  clock.measured(-30_000, 10_000);
  expect(clock.now()).toBe(HOUR_MS + 30_000);
});
