import type { Case } from './case.ts';

/** One build for each version, oldest first. */
export const everyCases: readonly Case[] = [
  {
    name: 'one build each, oldest first',
    world: 'a: v1 v2 v3\njob test: get a trigger every',
    decides: 'build test a=v1, because of a v1\nbuild test a=v2, because of a v2\nbuild test a=v3, because of a v3',
  },
  {
    name: 'those used are passed over',
    world: 'a: v1 v2 v3\njob test: get a trigger every\nran test a=v1\nran test failed a=v2',
    decides: 'build test a=v3, because of a v3',
  },
  {
    name: 'those queued count as used',
    world: 'a: v1 v2\njob test: get a trigger every\nqueued test a=v1\nqueued test a=v2',
    decides: '',
  },
  {
    name: 'one left out before is made up for',
    world: 'a: v1 v2 v3\njob test: get a trigger every\nran test a=v1\nran test a=v3',
    decides: 'build test a=v2, because of a v2',
  },
  {
    name: 'history is left out',
    world: 'a: v1~ v2~ v3\njob test: get a trigger every',
    decides: 'build test a=v3, because of a v3',
  },
  {
    name: 'disabled ones are left out',
    world: 'a: v1 v2! v3\njob test: get a trigger every',
    decides: 'build test a=v1, because of a v1\nbuild test a=v3, because of a v3',
  },
  {
    name: 'one that a person pinned is the only one',
    world: 'a: v1 v2 v3\npin a v2\njob test: get a trigger every',
    decides: 'build test a=v2, because of a v2\nhold test: pinned a',
  },
  {
    name: 'a version that a person ran is not run again',
    world: 'a: v1 v2\njob test: get a trigger every\nran test manual a=v2',
    decides: 'build test a=v1, because of a v1',
  },
  {
    name: 'two resources with as many versions go in pairs',
    world: 'a: v1 v2\nb: w1 w2\njob test: get a trigger every, get b trigger every',
    decides: 'build test a=v1 b=w1, because of a v1\nbuild test a=v2 b=w2, because of a v2',
  },
  {
    name: 'no version yet',
    world: 'a:\njob test: get a trigger every',
    decides: 'hold test: no_version a',
  },
  {
    name: 'the other input has none: nothing is queued, and nothing is lost',
    world: 'a: v1 v2\nb:\njob test: get a trigger every, get b',
    decides: 'hold test: no_version b',
  },
  {
    name: 'every, from one build upstream that supplies both',
    world:
      'a: v1 v2\nb: w1\njob test: get a, get b\njob ship: get a trigger every passed test, get b passed test\nran test a=v1 b=w1\nran test a=v2 b=w1',
    decides: 'build ship a=v1 b=w1, because of test #1\nbuild ship a=v2 b=w1, because of test #2',
  },
  {
    name: 'what the job put itself is not its next',
    world: 'a: v1 v2 v3\njob test: get a trigger every, put a\nran test a=v1 -> a=v2',
    decides: 'build test a=v3, because of a v3',
  },
  { name: 'paused', world: 'a: v1 v2\njob test: get a trigger every\npaused test', decides: 'hold test: paused job' },
  {
    name: 'two resources, turn by turn',
    world: 'a: v1 v2\nb: w1\njob test: get a trigger every, get b trigger every',
    decides: 'build test a=v1 b=w1, because of a v1\nbuild test a=v2 b=w1, because of a v2',
  },
  {
    name: 'the other input is the latest',
    world: 'a: v1 v2\nb: w1 w2\njob test: get a trigger every, get b',
    decides: 'build test a=v1 b=w2, because of a v1\nbuild test a=v2 b=w2, because of a v2',
  },
  {
    name: 'every without trigger goes on with each build',
    world: 'a: v1 v2\nb: w1 w2\njob test: get a every, get b trigger\nran test a=v1 b=w1',
    decides: 'build test a=v2 b=w2, because of b w2',
  },
  {
    name: 'every without trigger and nothing unused: the newest',
    world: 'a: v1 v2\nb: w1 w2 w3\njob test: get a every, get b trigger\nran test a=v1 b=w1\nran test a=v2 b=w2',
    decides: 'build test a=v2 b=w3, because of b w3',
  },
  {
    name: 'every that passed upstream, in order of the versions',
    world:
      'a: v1 v2 v3\njob test: get a\njob ship: get a trigger every passed test\nran test a=v3\nran test failed a=v2\nran test a=v1',
    decides: 'build ship a=v1, because of test #3\nbuild ship a=v3, because of test #1',
  },
  {
    name: 'a waiting build from before it was every stays as it is',
    world: 'a: v1 v2\njob test: get a trigger every\nwaits test a=v1',
    decides: 'build test a=v2, because of a v2',
  },
];
