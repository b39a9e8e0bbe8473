import type { Case } from './case.ts';

/** One resource, the newest version of it. */
export const latestCases: readonly Case[] = [
  { name: 'nothing found yet', world: 'a:\njob test: get a trigger', decides: 'hold test: no_version a' },
  { name: 'the first version', world: 'a: v1\njob test: get a trigger', decides: 'build test a=v1, because of a v1' },
  {
    name: 'only the newest of several',
    world: 'a: v1 v2 v3\njob test: get a trigger',
    decides: 'build test a=v3, because of a v3',
  },
  { name: 'nothing new', world: 'a: v1\njob test: get a trigger\nran test a=v1', decides: '' },
  {
    name: 'a failed build used its version too',
    world: 'a: v1\njob test: get a trigger\nran test failed a=v1',
    decides: '',
  },
  { name: 'so does one that runs', world: 'a: v1\njob test: get a trigger\nran test running a=v1', decides: '' },
  {
    name: 'a newer version while one runs',
    world: 'a: v1 v2\njob test: get a trigger\nran test running a=v1',
    decides: 'build test a=v2, because of a v2',
  },
  {
    name: 'an older unused version is passed over',
    world: 'a: v1 v2\njob test: get a trigger\nran test a=v2',
    decides: '',
  },
  { name: 'a waiting build with the newest', world: 'a: v1\njob test: get a trigger\nwaits test a=v1', decides: '' },
  {
    name: 'a waiting build gets what is newer',
    world: 'a: v1 v2\njob test: get a trigger\nwaits test a=v1',
    decides: 'update test a=v2, because of a v2',
  },
  {
    name: 'a waiting build gets the plan of the revision in force',
    world: 'a: v1\njob test: get a trigger\nwaits test of old a=v1',
    decides: 'update test a=v1, because of a v1',
  },
  {
    name: 'a waiting build whose version a person ran meanwhile',
    world: 'a: v1\njob test: get a trigger\nwaits test a=v1\nran test a=v1',
    decides: 'withdraw test #1',
  },
  { name: 'a job without a trigger runs by hand only', world: 'a: v1\njob test: get a', decides: '' },
  { name: 'a job without gets too', world: 'job test:', decides: '' },
  {
    name: 'a job that lost its trigger is held by nothing',
    world: 'a: v1\njob test: get a\nheld test {"kind":"no_version","resource":"a"}',
    decides: 'clear test',
  },
  {
    name: 'two jobs of one resource',
    world: 'a: v1\njob x: get a trigger\njob y: get a trigger',
    decides: 'build x a=v1, because of a v1\nbuild y a=v1, because of a v1',
  },
  {
    name: 'the other inputs come along',
    world: 'a: v1 v2\nb: w1 w2\njob test: get a trigger, get b\nran test a=v1 b=w1',
    decides: 'build test a=v2 b=w2, because of a v2',
  },
  {
    name: 'an input that does not trigger',
    world: 'a: v1\nb: w1 w2\njob test: get a trigger, get b\nran test a=v1 b=w1',
    decides: '',
  },
  {
    name: 'an input without a version',
    world: 'a: v1\nb:\njob test: get a trigger, get b',
    decides: 'hold test: no_version b',
  },
  {
    name: 'two triggers, one build',
    world: 'a: v1\nb: w1\njob test: get a trigger, get b trigger',
    decides: 'build test a=v1 b=w1, because of a v1',
  },
  {
    name: 'the second trigger alone',
    world: 'a: v1\nb: w1 w2\njob test: get a trigger, get b trigger\nran test a=v1 b=w1',
    decides: 'build test a=v1 b=w2, because of b w2',
  },
  {
    name: 'history of the first check does not trigger',
    world: 'a: v1~ v2~\njob test: get a trigger',
    decides: '',
  },
  {
    name: 'but may be used',
    world: 'a: v1~\nb: w1\njob test: get a, get b trigger',
    decides: 'build test a=v1 b=w1, because of b w1',
  },
  {
    name: 'a version found again keeps its place',
    world: 'a: v1 v2\njob test: get a trigger\nran test a=v1\nran test a=v2',
    decides: '',
  },
  {
    name: 'a get in a hook gets a version and triggers nothing',
    world: 'a: v1\nb: w1 w2\njob test: get a trigger\nhook test: get b trigger\nran test a=v1 b=w1',
    decides: '',
  },
  {
    name: 'a get in a hook is chosen with the rest',
    world: 'a: v1\nb: w1\njob test: get a trigger\nhook test: get b',
    decides: 'build test a=v1 b=w1, because of a v1',
  },
  {
    name: 'a reason that no longer holds goes, although there is nothing to build',
    world: 'a: v1\njob test: get a trigger\nran test failed a=v1\nheld test {"kind":"no_version","resource":"a"}',
    decides: 'clear test',
  },
  {
    name: 'a version a person chose is used, and the newest is still new',
    world: 'a: v1 v2\njob test: get a trigger\nran test manual a=v1',
    decides: 'build test a=v2, because of a v2',
  },
  {
    name: 'the newest that a person ran is not run again',
    world: 'a: v1 v2\njob test: get a trigger\nran test a=v1\nran test manual a=v2',
    decides: '',
  },
  {
    name: 'a person’s build in the queue counts as used, and changes for nothing newer',
    world: 'a: v1 v2\njob test: get a trigger\nqueued test manual a=v1',
    decides: 'build test a=v2, because of a v2',
  },
  {
    name: 'the input that does not trigger changes while the build waits',
    world: 'a: v1\nb: w1 w2\njob test: get a trigger, get b\nwaits test a=v1 b=w1',
    decides: 'update test a=v1 b=w2, because of a v1',
  },
  {
    name: 'what waits is withdrawn when its trigger ran elsewhere, whatever else is new',
    world: 'a: v1\nb: w1 w2\njob test: get a trigger, get b\nran test a=v1 b=w1\nwaits test a=v1 b=w2',
    decides: 'withdraw test #2',
  },
  {
    name: 'history that becomes the newest again, because what was newer is disabled, does not trigger',
    world: 'a: v1~ v2!\njob test: get a trigger',
    decides: 'hold test: disabled a',
  },
  {
    name: 'what a job put does not trigger it again',
    world: 'a: v1 v2\njob bump: get a trigger, put a\nran bump a=v1 -> a=v2',
    decides: '',
  },
  {
    name: 'what another job put does',
    world: 'a: v1\nb: w1\njob make: get a trigger, put b\njob use: get b trigger\nran make a=v1 -> b=w1',
    decides: 'build use b=w1, because of b w1',
  },
];
