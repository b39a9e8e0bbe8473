import { expect, test } from 'bun:test';
import { sizeText } from './size-text.ts';

test('sizes in words', () => {
  expect([0, 999, 1_000, 1_049, 12_345, 123_456, 999_499, 999_500, 3_400_000, 2_147_483_648].map(sizeText)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '1.0 kB',
    '12.3 kB',
    '123 kB',
    '999 kB',
    '1.0 MB',
    '3.4 MB',
    '2.1 GB',
  ]);
});
