import type { Case } from './case.ts';

const EVERY = 'job test: get a trigger every\n';

/** Builds that wait in the queue as they are: what becomes of them when their versions may not be used any more. */
export const queueCases: readonly Case[] = [
  {
    name: 'one whose version was disabled is taken out',
    world: `a: v1 v2! v3\n${EVERY}queued test a=v1\nqueued test a=v2\nqueued test a=v3`,
    decides: 'withdraw test #2',
  },
  {
    name: 'one whose version was deleted is taken out',
    world: `a: v2\n${EVERY}queued test a=v1\nqueued test a=v2`,
    decides: 'withdraw test #1',
  },
  {
    name: 'a pin takes out all but the pinned one',
    world: `a: v1 v2 v3\npin a v2\n${EVERY}queued test a=v1\nqueued test a=v2\nqueued test a=v3`,
    decides: 'withdraw test #1\nwithdraw test #3',
  },
  {
    name: 'one of the pinned version is taken out when that is disabled',
    world: `a: v1! v2\npin a v1\n${EVERY}queued test a=v1`,
    decides: 'withdraw test #1',
  },
  {
    name: 'one version of several is enough',
    world: 'a: v1\nb: w1!\njob test: get a trigger every, get b\nqueued test a=v1 b=w1',
    decides: 'withdraw test #1',
  },
  {
    name: 'what runs is not touched',
    world: `a: v1! v2\n${EVERY}ran test running a=v1\nqueued test a=v2`,
    decides: '',
  },
  {
    name: 'what a person asked for is not touched',
    world: `a: v1! v2\n${EVERY}queued test manual a=v1\nqueued test a=v2`,
    decides: '',
  },
  {
    name: 'what a person asked for is not touched when its version is deleted either',
    world: 'a: v2\njob test: get a\nqueued test manual a=v1',
    decides: '',
  },
  {
    name: 'a block that pins changes nothing in the queue: the builds are of the text before',
    world: `a: v1 v2\npinned a v2\n${EVERY}queued test a=v1\nqueued test a=v2`,
    decides: '',
  },
  {
    name: 'a resource that left the pipeline leaves the queue as it is',
    world: 'a: v1\nb: w1\njob test: get a trigger every\nqueued test a=v1 b=w1\ngone b',
    decides: '',
  },
  {
    name: 'one from before the job wanted every version is taken out, too',
    world: `a: v1! v2\n${EVERY}waits test a=v1`,
    decides: 'withdraw test #1',
  },
  {
    name: 'nothing else is decided in the same breath',
    world: `a: v1! v2\n${EVERY}queued test a=v1`,
    decides: 'withdraw test #1',
  },
  {
    name: 'other jobs are',
    world: `a: v1! v2\n${EVERY}job other: get a trigger\nqueued test a=v1`,
    decides: 'withdraw test #1\nbuild other a=v2, because of a v2',
  },
  {
    name: 'a job that wants the latest and has a queue from before',
    world: 'a: v1! v2\njob test: get a trigger\nqueued test a=v1',
    decides: 'withdraw test #1',
  },
  {
    name: 'a paused job gives up what may not be used, too',
    world: `a: v1! v2\n${EVERY}queued test a=v1\npaused test`,
    decides: 'withdraw test #1',
  },
  {
    name: 'a job without a trigger gives up what waited by itself',
    world: 'a: v1\njob test: get a\nwaits test a=v1',
    decides: 'withdraw test #1',
  },
  {
    name: 'an enabled version is built at last',
    world: `a: v1 v2 v3\n${EVERY}ran test a=v1\nran test a=v3`,
    decides: 'build test a=v2, because of a v2',
  },
];
