import { expect, test } from 'bun:test';
import { PoisonShelf } from './poison-shelf.ts';

const message = (at: number, bytes = 1) => ({ from: { worker: 'w' }, at, error: 'bad', body: new Uint8Array(bytes) });

test('keeps the newest thousand, newest last', () => {
  const shelf = new PoisonShelf();
  for (let at = 0; at < 1_005; at++) shelf.add(message(at));
  expect(shelf.list().length).toBe(1_000);
  expect(shelf.list()[0]?.at).toBe(5);
  expect(shelf.list().at(-1)?.at).toBe(1_004);
});

test('large ones do not fill the memory, and the newest is always kept', () => {
  const shelf = new PoisonShelf();
  for (let at = 0; at < 4; at++) shelf.add(message(at, 30 * 1024 * 1024));
  expect(shelf.list().map((kept) => kept.at)).toEqual([2, 3]);
});
