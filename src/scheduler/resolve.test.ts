import { expect, test } from 'bun:test';
import { SmallWorld, sayHold, sayInputs } from './cases/small-world.ts';
import { describeHold, hold } from './hold.ts';
import { resolveInputs } from './resolve.ts';

const cases = [
  ['the newest, new or not', 'a: v1 v2\njob test: get a\nran test a=v2', 'a=v2'],
  ['paused or not', 'a: v1\njob test: get a trigger\npaused test', 'a=v1'],
  ['history of the first check', 'a: v1~\njob test: get a trigger', 'a=v1'],
  ['what passed', 'a: v1 v2\njob up: get a\njob test: get a passed up\nran up a=v1', 'a=v1'],
  ['every: the oldest that waits', 'a: v1 v2 v3\njob test: get a trigger every\nran test a=v1', 'a=v2'],
  ['every: else the newest', 'a: v1 v2\njob test: get a trigger every\nran test a=v1\nran test a=v2', 'a=v2'],
  ['no gets', 'job test:', ''],
  ['no version', 'a:\njob test: get a', 'no_version a'],
  ['nothing passed', 'a: v1\njob up: get a\njob test: get a passed up', 'upstream a up'],
] as const;

test.each(cases)('a manual trigger gets %s', (_name, world, expected) => {
  const resolution = resolveInputs(new SmallWorld(world).snapshot(), 'test');
  const said = resolution?.kind === 'inputs' ? sayInputs(resolution.inputs) : sayHold(resolution!.hold);
  expect(said).toBe(expected);
});

test('a job that is not there', () => {
  expect(resolveInputs(new SmallWorld('job test:').snapshot(), 'other')).toBeUndefined();
});

test.each([
  [{ kind: 'paused', what: 'job', by: 'ada', since: 0 }, 'the job was paused by ada (1970-01-01 00:00)'],
  [{ kind: 'no_version', resource: 'git.a' }, 'git.a has no version yet'],
  [{ kind: 'pin_not_found', resource: 'git.a' }, 'git.a is pinned to a version that no check has found'],
  [{ kind: 'pinned', resource: 'git.a' }, 'git.a has a newer version, and is pinned to another one'],
  [{ kind: 'disabled', resource: 'git.a' }, 'the newest version of git.a is disabled'],
  [
    { kind: 'upstream', resource: 'git.a', waitsFor: ['x', 'y'] },
    'waiting for x and y to pass with the newest version of git.a',
  ],
  [
    { kind: 'not_together', resources: ['git.a', 'git.b'], waitsFor: ['x'] },
    'no build of x passed with versions of git.a and git.b that go together',
  ],
] as const)('a hold in words: %p', (value, text) => {
  const described = describeHold(hold.parse(value));
  expect(described.text).toBe(text);
  expect(described.wayOut).not.toBe('');
});
