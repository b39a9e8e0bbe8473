import { expect, test } from 'bun:test';
import { canonicalJson } from './json.ts';

test('the order of keys does not matter, at any depth', () => {
  expect(canonicalJson({ b: 1, a: { d: [1, { y: 1, x: null }], c: 'é' } })).toBe(
    '{"a":{"c":"é","d":[1,{"x":null,"y":1}]},"b":1}',
  );
});
