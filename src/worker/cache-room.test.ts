import { afterEach, expect, test } from 'bun:test';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCacheRoom } from './cache-room.ts';
import { Interrupt } from './engine/interrupt.ts';
import { freshDirs } from './testing/fresh-dirs.ts';

const never = new AbortController().signal;
const { fresh, removeAll } = freshDirs('cache');

afterEach(removeAll);

test('one cache has one holder at a time, in this process and in others, and keeps what is in it', async () => {
  const root = fresh();
  // Two rooms over one directory are like two processes: only the kernel's lock is between them.
  const [ours, theirs] = [createCacheRoom(root), createCacheRoom(root)];
  const order: string[] = [];
  const first = await ours.enter(['main', 'p', 'git.app'], never);
  writeFileSync(join(first.dir, 'kept'), '');
  const waiting = [ours, theirs].map(async (room, index) => {
    const lease = await room.enter(['main', 'p', 'git.app'], never);
    order.push(`in ${index}`);
    expect(readdirSync(lease.dir)).toEqual(['kept']);
    await new Promise((resolve) => setTimeout(resolve, 20));
    order.push(`out ${index}`);
    lease[Symbol.dispose]();
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(order).toEqual([]);
  first[Symbol.dispose]();
  await Promise.all(waiting);
  expect(order.map((line) => line.split(' ')[0])).toEqual(['in', 'out', 'in', 'out']);
});

test('other teams, pipelines and resources have others, whatever they are called', async () => {
  const room = createCacheRoom(fresh());
  const keys = [
    ['a', 'b', 'c'],
    ['a', 'b', '../c'],
    ['a/b', 'c', ''],
    ['a', 'b/c', ''],
  ];
  const leases = await Promise.all(keys.map((key) => room.enter(key, never)));
  expect(new Set(leases.map(({ dir }) => dir)).size).toBe(keys.length);
  for (const lease of leases) lease[Symbol.dispose]();
});

test('who waits can be interrupted, and the next still gets in', async () => {
  const room = createCacheRoom(fresh());
  const first = await room.enter(['k'], never);
  const cancel = new AbortController();
  const second = room.enter(['k'], cancel.signal);
  const third = room.enter(['k'], never);
  cancel.abort(new Interrupt('cancelled'));
  await expect(second).rejects.toMatchObject({ kind: 'cancelled' });
  first[Symbol.dispose]();
  (await third)[Symbol.dispose]();
});
