import { expect, test } from 'bun:test';
import { newId } from './ids.ts';

test('ids are UUIDv7 and sort in the order they were made', () => {
  const ids = Array.from({ length: 10_000 }, () => newId());
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});

test('a clock that goes back does not undo the order', () => {
  const now = Date.now() + 60_000;
  const first = newId(now);
  expect(newId(now - 5_000) > first).toBe(true);
});
