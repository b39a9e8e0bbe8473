import { expect, test } from 'bun:test';
import { createStandingTrouble } from './standing-trouble.ts';

const SECOND = 1_000;

/** Steps are `[second, what]`: `x` it fails, `o` it goes well. */
test.each<[name: string, steps: [number, 'x' | 'o'][], said: string[]]>([
  ['once', [[0, 'x']], ['full']],
  ['a flood is one line', Array.from({ length: 500 }, (_, at) => [at / 10, 'x']), ['full']],
  [
    'and one more each minute, with a count',
    Array.from({ length: 121 }, (_, at) => [at, 'x']),
    ['full', 'full (59 more times since this was last said)', 'full (59 more times since this was last said)'],
  ],
  [
    'its end is said',
    [
      [0, 'x'],
      [16, 'o'],
      [17, 'o'],
    ],
    ['full', 'over'],
  ],
  [
    'not while it still fails now and then',
    [
      [0, 'x'],
      [10, 'o'],
      [14, 'x'],
      [20, 'o'],
    ],
    ['full'],
  ],
  [
    'nothing is said of what went well all along',
    [
      [0, 'o'],
      [20, 'o'],
    ],
    [],
  ],
  [
    'one that comes and goes is not said each time',
    [
      [0, 'x'],
      [16, 'o'],
      [17, 'x'],
      [33, 'o'],
      [61, 'x'],
    ],
    ['full', 'over', 'full (1 more times since this was last said)'],
  ],
])('%s', (_name, steps, expected) => {
  let now = 0;
  const said: string[] = [];
  const trouble = createStandingTrouble({
    clock: { now: () => now },
    say: (text) => said.push(text),
    sayOver: () => said.push('over'),
    quietMs: 15 * SECOND,
  });
  for (const [at, what] of steps) {
    now = at * SECOND;
    if (what === 'x') trouble.happened('full');
    else trouble.wentWell();
  }
  expect(said).toEqual(expected);
});

test('another kind of trouble is said soon, and two in turn do not fill the log', () => {
  let now = 0;
  const said: string[] = [];
  const trouble = createStandingTrouble({
    ...{ clock: { now: () => now }, say: (text) => said.push(text), sayOver: () => said.push('over') },
    quietMs: 15 * SECOND,
  });
  trouble.happened('stops', 'unreachable');
  now = 6 * SECOND;
  trouble.happened('wrong password', 'denied');
  expect(said).toEqual(['stops', 'wrong password']);
  for (let tries = 0; tries < 100; tries++) {
    now += SECOND / 10;
    trouble.happened(tries % 2 === 0 ? 'stops' : 'wrong password', tries % 2 === 0 ? 'unreachable' : 'denied');
  }
  expect(said.length).toBeLessThanOrEqual(4);
});
