import { expect, test } from 'bun:test';
import { silentLogger } from '../../lib/logger.ts';
import { createLoop, type Timers } from './loop.ts';

function handTimers(): Timers & { readonly waiting: { ms: number; run: () => void }[] } {
  const waiting: { ms: number; run: () => void }[] = [];
  return {
    waiting,
    after(ms, run) {
      const one = { ms, run };
      waiting.push(one);
      return () => {
        const at = waiting.indexOf(one);
        if (at >= 0) waiting.splice(at, 1);
      };
    },
  };
}

function looping(run: () => Promise<number | undefined>) {
  const timers = handTimers();
  return { timers, loop: createLoop({ name: 'test', pollMs: 1_000, run, timers, logger: silentLogger }) };
}

test('it runs at the start, then as its work says, at the latest after the poll', async () => {
  const pauses = [50, 5_000, undefined];
  let runs = 0;
  const { timers, loop } = looping(async () => pauses[runs++]);
  loop.start();
  await loop.idle();
  for (const expected of [50, 1_000, 1_000]) {
    expect(timers.waiting.map((one) => one.ms)).toEqual([expected]);
    timers.waiting.shift()?.run();
    await loop.idle();
  }
  await loop.stop();
  expect(timers.waiting).toEqual([]);
});

test('woken in the middle of a run it runs once more, however often it was woken', async () => {
  let runs = 0;
  const { loop } = looping(async () => {
    runs += 1;
    if (runs === 1) for (let i = 0; i < 3; i += 1) loop.wake();
    return undefined;
  });
  loop.start();
  await loop.idle();
  expect(runs).toBe(2);
  await loop.stop();
  loop.wake();
  expect(runs).toBe(2);
});

test('a failure is tried again, later each time', async () => {
  const { timers, loop } = looping(() => Promise.reject(new Error('disk full')));
  loop.start();
  for (const expected of [500, 1_000, 1_000]) {
    await loop.idle();
    expect(timers.waiting.map((one) => one.ms)).toEqual([expected]);
    timers.waiting.shift()?.run();
  }
  await loop.stop();
});
