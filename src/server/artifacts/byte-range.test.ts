import { expect, test } from 'bun:test';
import { parseRange } from './byte-range.ts';

const cases: readonly (readonly [header: string | undefined, size: number, expected: ReturnType<typeof parseRange>])[] =
  [
    [undefined, 10, undefined],
    ['bytes=0-4', 10, { start: 0, end: 5 }],
    ['bytes=4-', 10, { start: 4, end: 10 }],
    ['bytes=-3', 10, { start: 7, end: 10 }],
    ['bytes=-30', 10, { start: 0, end: 10 }],
    ['bytes=5-100', 10, { start: 5, end: 10 }],
    ['bytes=10-', 10, 'unsatisfiable'],
    ['bytes=-0', 10, 'unsatisfiable'],
    ['bytes=0-', 0, 'unsatisfiable'],
    ['bytes=5-4', 10, undefined],
    ['bytes=0-1,3-4', 10, undefined],
    ['bytes=-', 10, undefined],
    ['lines=0-4', 10, undefined],
    ['bytes=a-b', 10, undefined],
  ];

for (const [header, size, expected] of cases) {
  test(`${header} of ${size}`, () => expect(parseRange(header, size)).toEqual(expected));
}
