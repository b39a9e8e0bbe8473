import { expect, test } from 'bun:test';
import { median, quantile } from './statistics.ts';

test.each([
  [[5], 0.5, 5],
  [[3, 1, 2], 0.5, 2],
  [[1, 2, 3, 4], 0.5, 2.5],
  [[10, 20, 30, 40, 50], 0.25, 20],
  [[1, 2, 3, 4], 1, 4],
  [[1, 2, 3, 4], 0, 1],
])('of %p, the quantile %p is %p', (samples, share, value) => {
  expect(quantile(samples, share)).toBe(value);
});

test('samples need not be in order and are left as they are; none are refused', () => {
  const samples = [9, 1, 5];
  expect(median(samples)).toBe(5);
  expect(samples).toEqual([9, 1, 5]);
  expect(() => median([])).toThrow('no samples');
});
