import type { Case } from './case.ts';

const LATEST = 'job test: get a trigger\ninterruptible test\n';
const ASKS = `${LATEST}approve test\n`;
const EVERY = 'job test: get a every trigger\ninterruptible test\n';

/** Jobs that stop what something newer makes needless. */
export const interruptibleCases: readonly Case[] = [
  {
    name: 'something newer stops the older build',
    world: `a: v1 v2\n${LATEST}ran test running a=v1`,
    decides: 'build test a=v2, because of a v2\nsupersede test #1',
  },
  {
    name: 'a job that does not say so lets it run',
    world: 'a: v1 v2\njob test: get a trigger\nran test running a=v1',
    decides: 'build test a=v2, because of a v2',
  },
  { name: 'nothing newer stops nothing', world: `a: v1\n${LATEST}ran test running a=v1`, decides: '' },
  {
    name: 'one that waits to be taken is newer, too',
    world: `a: v1 v2\n${LATEST}ran test running a=v1\nwaits test a=v2`,
    decides: 'supersede test #1',
  },
  {
    name: 'one that waits and gets something newer still',
    world: `a: v1 v2 v3\n${LATEST}ran test running a=v1\nwaits test a=v2`,
    decides: 'update test a=v3, because of a v3\nsupersede test #1',
  },
  {
    name: 'one that is withdrawn stops nothing',
    world: `a: v1 v2!\n${LATEST}ran test running a=v1\nwaits test a=v2`,
    decides: 'withdraw test #2\nhold test: disabled a',
  },
  {
    name: 'of two that run the older one is stopped',
    world: `a: v1 v2\n${LATEST}ran test running a=v1\nran test running a=v2`,
    decides: 'supersede test #1',
  },
  {
    name: 'what has ended is left alone',
    world: `a: v1 v2 v3\n${LATEST}ran test a=v1\nran test failed a=v2`,
    decides: 'build test a=v3, because of a v3',
  },
  {
    name: 'another branch is another line',
    world: `a: v1@main v2@fix\n${LATEST}ran test running a=v1@main`,
    decides: 'build test a=v2@fix, because of a v2@fix',
  },
  {
    name: 'the same branch is the same line',
    world: `a: v1@fix v2@main v3@fix\n${EVERY}ran test running a=v1@fix\nran test running a=v2@main`,
    decides: 'build test a=v3@fix, because of a v3@fix\nsupersede test #1',
  },
  {
    name: 'the queue of a job that wants every version, by branch',
    world: `a: v1@fix v2@main v3@fix v4@fix\n${EVERY}queued test a=v1@fix\nqueued test a=v2@main\nqueued test a=v3@fix\nqueued test a=v4@fix`,
    decides: 'supersede test #3\nsupersede test #1',
  },
  {
    name: 'a version without a branch is no line of one that has one',
    world: `a: v1 v2@fix\n${EVERY}ran test running a=v1`,
    decides: 'build test a=v2@fix, because of a v2@fix',
  },
  {
    name: 'what does not trigger makes no line',
    world: `a: v1@x v2@x\nb: w1@p w2@q\njob test: get a trigger, get b\ninterruptible test\nran test running a=v1@x b=w1@p`,
    decides: 'build test a=v2@x b=w2@q, because of a v2@x\nsupersede test #1',
  },
  {
    name: 'a paused job is given nothing new, and what runs goes on',
    world: `a: v1 v2\n${LATEST}ran test running a=v1\npaused test`,
    decides: 'hold test: paused job',
  },
  {
    name: 'what waits in a paused job stops nothing',
    world: `a: v1 v2\n${LATEST}ran test running a=v1\nwaits test a=v2\npaused test`,
    decides: '',
  },
  {
    name: 'what waits for approval does not stop what was approved and runs',
    world: `a: v1 v2\n${ASKS}ran test running a=v1`,
    decides: 'build test a=v2, because of a v2',
  },
  {
    name: 'nor what was approved and waits for a worker',
    world: `a: v1 v2 v3\n${ASKS}queued test approved a=v1\nwaits test a=v2`,
    decides: 'update test a=v3, because of a v3',
  },
  {
    name: 'once it is approved it does',
    world: `a: v1 v2\n${ASKS}ran test running a=v1\nqueued test approved a=v2`,
    decides: 'supersede test #1',
  },
  {
    name: 'what waits for approval is superseded by what waits for it, too',
    world: `a: v1 v2\n${EVERY}approve test\nqueued test a=v1\nqueued test a=v2`,
    decides: 'supersede test #1',
  },
  {
    name: 'and by what was approved',
    world: `a: v1 v2\n${EVERY}approve test\nqueued test a=v1\nran test running a=v2`,
    decides: 'supersede test #1',
  },
];
