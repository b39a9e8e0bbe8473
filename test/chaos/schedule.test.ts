import { expect, test } from 'bun:test';
import { type Cast, describeBlow, makeSchedule, type Planned } from './schedule.ts';

const CAST: Cast = { servers: 2, workers: 3, broker: true, database: true, cables: true, leaseMs: 6_000 };
const HOUR_MS = 3_600_000;

const make = (seed: number, cast: Cast = CAST): Planned[] =>
  makeSchedule({ seed, forMs: HOUR_MS, everyMs: 2_000, cast });

test('a seed gives the same schedule each time, and another one another', () => {
  expect(make(1)).toEqual(make(1));
  expect(make(1)).not.toEqual(make(2));
});

test('in the end everything has happened to everybody', () => {
  const said = make(1).map((blow) => describeBlow(blow).replace(/\d+\.\d s/, 'N s'));
  for (const who of ['server 0', 'server 1', 'worker 0', 'worker 1', 'worker 2', 'broker', 'database']) {
    expect(said).toContain(`kill -9 ${who}, back in N s`);
  }
  for (const who of ['broker', 'database']) expect(said).toContain(`${who} and all it runs stands still for N s`);
  for (const who of ['server 1', 'worker 2']) expect(said).toContain(`the cable of ${who} is pulled for N s`);
  expect(said).toContain('kill -9 a step');
  expect(said).toContain('kill -9 the guard of worker 1');
  expect(said).toContain('SIGQUIT to worker 2, back N s after its end');
  expect(said).toContain('worker 1 and all it runs stands still for N s');
  for (const how of ['cut', 'shut for N s', 'stall for N s']) {
    expect(said).toContain(`worker 0 -> queue: ${how}`);
    expect(said).toContain(`server 1 -> database: ${how}`);
  }
});

test('nothing happens to who is not there', () => {
  const said = make(1, { ...CAST, servers: 1, broker: false, database: false, cables: false }).map(describeBlow);
  expect(said.filter((text) => /broker|database|cable|server 1|server 0 ->/.test(text))).toEqual([]);
});

test('nobody is struck who is down', () => {
  const last = new Map<string, number>();
  for (const blow of make(5)) {
    const who = JSON.stringify(blow.kind === 'net' ? blow.way : blow.target);
    expect(blow.atMs).toBeGreaterThanOrEqual(last.get(who) ?? 0);
    last.set(who, blow.atMs + blow.forMs);
  }
});

test('a worker that stands still alone does so for less than its fence needs', () => {
  const alone = make(1).filter((blow) => blow.kind === 'pause' && blow.target.kind === 'worker' && !blow.all);
  expect(alone.length).toBeGreaterThan(10);
  expect(Math.max(...alone.map(({ forMs }) => forMs))).toBeLessThanOrEqual(2_000);
});
