import { expect, test } from 'bun:test';
import type { VersionId } from '../lib/ids.ts';
import { sayHold, sayInputs } from './cases/decision-words.ts';
import { SmallWorld } from './cases/small-world.ts';
import { resolveInputs } from './resolve.ts';

const cases = [
  ['the newest, new or not', 'a: v1 v2\njob test: get a\nran test a=v2', 'a=v2'],
  ['paused or not', 'a: v1\njob test: get a trigger\npaused test', 'a=v1'],
  ['history of the first check', 'a: v1~\njob test: get a trigger', 'a=v1'],
  ['what passed', 'a: v1 v2\njob up: get a\njob test: get a passed up\nran up a=v1', 'a=v1'],
  ['every: the oldest that waits', 'a: v1 v2 v3\njob test: get a trigger every\nran test a=v1', 'a=v2'],
  ['every: else the newest', 'a: v1 v2\njob test: get a trigger every\nran test a=v1\nran test a=v2', 'a=v2'],
  ['no gets', 'job test:', ''],
  ['nothing that is pinned and disabled', 'a: v1! v2\npin a v1\njob test: get a', 'pin_disabled a v1'],
  ['no version', 'a:\njob test: get a', 'no_version a'],
  ['nothing passed', 'a: v1\njob up: get a\njob test: get a passed up', 'upstream a up'],
] as const;

test.each(cases)('a manual trigger gets %s', (_name, world, expected) => {
  const resolution = resolveInputs(new SmallWorld(world).snapshot(), 'test');
  const said = resolution?.kind === 'inputs' ? sayInputs(resolution.inputs) : sayHold(resolution!.hold);
  expect(said).toBe(expected);
});

const choices = [
  ['instead of the newest', 'a: v1 v2\njob test: get a', 'a=v1', 'a=v1'],
  ['one that is disabled', 'a: v1! v2\njob test: get a', 'a=v1', 'a=v1'],
  ['one that is disabled and pinned', 'a: v1! v2\npin a v1\njob test: get a', 'a=v1', 'a=v1'],
  ['another than the pinned one', 'a: v1 v2\npin a v2\njob test: get a', 'a=v1', 'a=v1'],
  ['another than the get is pinned to', 'a: v1 v2\njob test: get a version v2', 'a=v1', 'a=v1'],
  ['one of two, the other filled', 'a: v1 v2\nb: w1 w2\njob test: get a, get b', 'a=v1', 'a=v1 b=w2'],
  ['for every get of the resource', 'a: v1 v2\njob test: get a, get a', 'a=v1', 'a=v1 a=v1'],
  [
    'and the rest comes from the upstream build that had it',
    'a: v1 v2\nb: w1 w2\njob up: get a, get b\njob test: get a passed up, get b passed up\nran up a=v1 b=w1\nran up a=v2 b=w2',
    'a=v1',
    'a=v1 b=w1',
  ],
  [
    'one that no upstream build had: the rest as usual',
    'a: v1 v2\nb: w1 w2\njob up: get a, get b\njob test: get a passed up, get b passed up\nran up a=v1 b=w1',
    'a=v2',
    'a=v2 b=w1',
  ],
  [
    'one that did not pass does not excuse the rest',
    'a: v1\nb: w1\njob up: get a, get b\njob test: get a passed up, get b passed up',
    'a=v1',
    'upstream b up',
  ],
  ['one that every has used', 'a: v1 v2 v3\njob test: get a every\nran test a=v1', 'a=v1', 'a=v1'],
] as const;

test.each(choices)('a person chooses %s', (_name, text, choice, expected) => {
  const world = new SmallWorld(text).snapshot();
  const [address = '', name] = choice.split('=');
  const facts = world.resources.find((resource) => resource.address === address);
  const version = facts?.versions.find((one) => one.id === `${address}/${name}`);
  const resolution = resolveInputs(world, 'test', new Map([[address, version!]]));
  const said = resolution?.kind === 'inputs' ? sayInputs(resolution.inputs) : sayHold(resolution!.hold);
  expect(said).toBe(expected);
});

test('a person chooses a version that is too old to be among the facts', () => {
  const old = { id: 'a/v0' as VersionId, version: { ref: 'v0' }, position: 0, triggers: true, disabled: false };
  const resolution = resolveInputs(new SmallWorld('a: v1\njob test: get a').snapshot(), 'test', new Map([['a', old]]));
  expect(resolution?.kind === 'inputs' && sayInputs(resolution.inputs)).toBe('a=v0');
});

test('a job that is not there', () => {
  expect(resolveInputs(new SmallWorld('job test:').snapshot(), 'other')).toBeUndefined();
});
