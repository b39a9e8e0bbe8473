import { expect, test } from 'bun:test';
import { type Condition, readCondition } from './conditions.ts';

test.each<[ifMatch: string | undefined, ifNoneMatch: string | undefined, condition: Condition]>([
  [undefined, undefined, { kind: 'none' }],
  ['*', undefined, { kind: 'any' }],
  [' * ', undefined, { kind: 'any' }],
  [undefined, '*', { kind: 'absent' }],
  ['"a"', undefined, { kind: 'is', etags: ['"a"'] }],
  ['"a" , "b"', undefined, { kind: 'is', etags: ['"a"', '"b"'] }],
  ['W/"a", "b"', undefined, { kind: 'is', etags: ['"b"'] }],
  ['W/"a"', undefined, { kind: 'is', etags: [] }],
  [undefined, 'W/"a", "b"', { kind: 'not', etags: ['"a"', '"b"'] }],
])('If-Match %p and If-None-Match %p', (ifMatch, ifNoneMatch, condition) => {
  expect(readCondition(ifMatch, ifNoneMatch)).toEqual(condition);
});

test.each([
  ['a', undefined],
  ['', undefined],
  ['"a', undefined],
  ['"a",', undefined],
  ['"a"b"', undefined],
  [undefined, '3'],
  ['"a"', '*'],
  [Array(21).fill('"a"').join(), undefined],
])('If-Match %p and If-None-Match %p are refused', (ifMatch, ifNoneMatch) => {
  expect(() => readCondition(ifMatch, ifNoneMatch)).toThrow(
    expect.objectContaining({ code: 'api.bad_request', hint: expect.any(String) }),
  );
});
