import { expect, test } from 'bun:test';
import { createRandom } from './random.ts';

test('the same seed gives the same numbers, another one others', () => {
  const draw = (seed: number) => Array.from({ length: 5 }, createRandom(seed).next);
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  expect(draw(7).every((number) => number >= 0 && number < 1)).toBe(true);
});

test('a choice comes as often as its weight says', () => {
  const random = createRandom(1);
  const drawn = Array.from({ length: 4_000 }, () =>
    random.weighted([
      ['often', 3],
      ['seldom', 1],
      ['never', 0],
    ]),
  );
  const often = drawn.filter((word) => word === 'often').length;
  expect(often).toBeGreaterThan(2_850);
  expect(often).toBeLessThan(3_150);
  expect(drawn).not.toContain('never');
});

test('both ends of a range are reached', () => {
  const random = createRandom(3);
  const drawn = new Set(Array.from({ length: 200 }, () => random.between(2, 4)));
  expect([...drawn].sort()).toEqual([2, 3, 4]);
});
