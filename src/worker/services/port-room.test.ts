import { expect, test } from 'bun:test';
import { Interrupt } from '../engine/interrupt.ts';
import { createPortRoom } from './port-room.ts';

function world() {
  const room = createPortRoom();
  const story: string[] = [];
  const never = new AbortController().signal;
  const take = (holder: string, ports: readonly number[], signal = never): Promise<Disposable> => {
    const waits = (port: number, by: string): void => void story.push(`${holder} waits for ${port} of ${by}`);
    const taken = room.take({ ports, holder, waits }, signal);
    taken.then(
      () => story.push(`${holder} has ${ports.join(' ')}`),
      () => story.push(`${holder} left`),
    );
    return taken;
  };
  return { take, story };
}

test('who comes second waits, and is told for whom', async () => {
  const { take, story } = world();
  const a = await take('a', [1, 2]);
  const b = take('b', [2, 3]);
  const c = await take('c', [4]);
  expect(story).toEqual(['a has 1 2', 'b waits for 2 of a', 'c has 4']);
  a[Symbol.dispose]();
  (await b)[Symbol.dispose]();
  c[Symbol.dispose]();
  expect(story).toEqual(['a has 1 2', 'b waits for 2 of a', 'c has 4', 'b has 2 3']);
});

test('nobody holds a part while waiting for the rest, and nobody is overtaken', async () => {
  const { take, story } = world();
  const a = await take('a', [1]);
  const b = take('b', [1, 2]);
  const c = take('c', [2]);
  expect(story.slice(1)).toEqual(['b waits for 1 of a', 'c waits for 2 of b']);
  a[Symbol.dispose]();
  const taken = await b;
  taken[Symbol.dispose]();
  await c;
  expect(story.slice(3)).toEqual(['b has 1 2', 'c has 2']);
});

test('who gives up leaves the queue to the others', async () => {
  const { take, story } = world();
  await take('a', [1]);
  const stop = new AbortController();
  const b = take('b', [1, 2], stop.signal);
  const c = take('c', [2]);
  stop.abort(new Interrupt('cancelled'));
  expect(b).rejects.toMatchObject({ kind: 'cancelled' });
  await c;
  expect(story).toContain('c has 2');
  expect(take('d', [5], stop.signal)).rejects.toMatchObject({ kind: 'cancelled' });
});
