import { expect, test } from 'bun:test';
import { neighbour, pathThrough, placeAll, zoomAt } from './graph-moves.ts';

const node = (id: string, x: number, y: number) => ({
  id,
  kind: 'job' as const,
  label: id,
  x,
  y,
  width: 100,
  height: 40,
});

test.each([
  ['small: in the middle', 200, 100, { scale: 1, x: 300, y: 150 }],
  ['large: made to fit', 1_600, 400, { scale: 0.5, x: 0, y: 100 }],
  ['very wide: from the left, still to be read', 8_000, 100, { scale: 0.4, x: 0, y: 180 }],
])('placeAll %s', (_name, width, height, camera) => {
  expect(placeAll({ width, height, nodes: [], edges: [] }, { width: 800, height: 400 })).toEqual(camera);
});

test('zoomAt keeps what lies under the pointer, and has its limits', () => {
  expect(zoomAt({ x: 0, y: 0, scale: 1 }, 2, { x: 100, y: 50 })).toEqual({ x: -100, y: -50, scale: 2 });
  expect(zoomAt({ x: 0, y: 0, scale: 1 }, 100, { x: 0, y: 0 }).scale).toBe(2);
});

test('neighbour goes where the arrow points', () => {
  const nodes = [node('a', 0, 0), node('b', 200, 0), node('c', 200, 60), node('d', 400, 0)];
  expect([neighbour(nodes, 'a', 'right'), neighbour(nodes, 'b', 'down'), neighbour(nodes, 'd', 'left')]).toEqual([
    'b',
    'c',
    'b',
  ]);
  expect(neighbour(nodes, 'a', 'left')).toBeUndefined();
  expect(neighbour(nodes, 'gone', 'left')).toBeUndefined();
});

test('pathThrough goes both ways, but not sideways', () => {
  const edges = [
    { from: 'r', to: 'a' },
    { from: 'r', to: 'b' },
    { from: 'a', to: 'c' },
    { from: 'b', to: 'c' },
    { from: 'c', to: 'd' },
  ];
  expect([...pathThrough(edges, 'a').nodes].sort()).toEqual(['a', 'c', 'd', 'r']);
  expect([...pathThrough(edges, 'a').edges].sort()).toEqual(['a c', 'c d', 'r a']);
});
