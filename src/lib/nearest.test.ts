import { expect, test } from 'bun:test';
import { editDistance, nearest } from './nearest.ts';

test.each([
  ['', '', 0],
  ['abc', '', 3],
  ['kitten', 'sitting', 3],
  ['sqlite', 'sqltie', 1],
  ['mem', 'men', 1],
])('editDistance(%p, %p) is %p', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});

test.each([
  ['sqllite', ['mem', 'sqlite'], 'sqlite'],
  ['trigerr', ['trigger', 'timeout'], 'trigger'],
  ['Memory', ['mem'], undefined],
  ['xyz', ['mem', 'sqlite'], undefined],
  ['prt', ['port', 'host'], 'port'],
])('nearest(%p, %p) is %p', (wanted, candidates, found) => {
  expect(nearest(wanted, candidates)).toBe(found);
});
