import { expect, test } from 'bun:test';
import { type Figure, judge } from './figure.ts';

const base: Figure = { name: 'x', unit: 'ms', samples: [10, 30, 20] };
const peer = { name: 'y', samples: [10, 10, 10] };

test.each<[string, Partial<Figure>, boolean | undefined]>([
  ['no goal', {}, undefined],
  ['a ratio kept', { peer, goal: { kind: 'ratio', most: 2 } }, true],
  ['a ratio missed', { peer, goal: { kind: 'ratio', most: 1.9 } }, false],
  ['a ratio without a peer', { goal: { kind: 'ratio', most: 2 } }, undefined],
  ['a limit kept', { goal: { kind: 'most', value: 20 } }, true],
  ['a limit missed at the 99th of 100', { at: 0.99, goal: { kind: 'most', value: 20 } }, false],
  ['a floor missed', { goal: { kind: 'least', value: 21 } }, false],
])('%s', (_, part, met) => {
  expect(judge({ ...base, ...part }).met).toBe(met);
});
