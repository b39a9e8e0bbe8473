import { expect, test } from 'bun:test';
import { sayWhenAway } from './watch-build.ts';

const AWAY = 'pikoci: the server does not answer; trying again until it does (Ctrl-C to stop watching)';
const BACK = 'pikoci: the server is back';

test.each([
  ['a connection that stands', 'c', []],
  ['one that broke and stands again', 'crc', []],
  ['a server that stays away is said once', 'crrrr', [AWAY]],
  ['and so is its return', 'crrrc', [AWAY, BACK]],
  ['each time', 'crrcrrc', [AWAY, BACK, AWAY, BACK]],
  ['a server that was never there', 'rr', [AWAY]],
])('%s', (_name, states, said) => {
  const lines: string[] = [];
  const onState = sayWhenAway((line) => lines.push(line));
  for (const state of states) onState(state === 'c' ? 'connected' : 'reconnecting');
  expect(lines).toEqual(said);
});
