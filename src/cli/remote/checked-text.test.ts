import { expect, test } from 'bun:test';
import { checkedText } from './checked-text.ts';

const NOW = 1_000_000;

test.each([
  [{ lastCheckAt: NOW - 5_000 }, '5.0s ago'],
  [{ lastCheckAt: NOW - 5_000, checkingSince: NOW - 4_000 }, '5.0s ago'],
  [{ lastCheckAt: NOW - 90_000, checkingSince: NOW - 60_000 }, '1m 30s ago; one is under way, asked for 1m 00s ago'],
  [{ lastCheckAt: null, checkingSince: NOW - 60_000 }, '-; one is under way, asked for 1m 00s ago'],
])('%j was checked %s', (view, text) => {
  expect(checkedText(view, NOW)).toBe(text);
});
