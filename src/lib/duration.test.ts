import { expect, test } from 'bun:test';
import { formatDuration, parseDuration, writeDuration } from './duration.ts';

test.each([
  ['10s', 10_000],
  ['1h30m', 5_400_000],
  ['500ms', 500],
  ['1.5s', 1_500],
  [' 2d ', 172_800_000],
  ['', undefined],
  ['10', undefined],
  ['s', undefined],
  ['10 s', undefined],
  ['-1s', undefined],
])('parseDuration(%p) is %p', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  [0, '0ms'],
  [340, '340ms'],
  [4_200, '4.2s'],
  [59_960, '1m 00s'],
  [187_000, '3m 07s'],
  [7_500_000, '2h 05m'],
  [90_000_000, '1d 01h'],
])('formatDuration(%p) is %p', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [0, '0s'],
  [500, '500ms'],
  [90_000, '1m30s'],
  [5_400_000, '1h30m'],
  [90_061_001, '1d1h1m1s1ms'],
])('writeDuration(%p) is %p, and is read as it was', (ms, text) => {
  expect(writeDuration(ms)).toBe(text);
  expect(parseDuration(text)).toBe(ms);
});
