import type { Case } from './case.ts';

const CHAIN = 'job test: get a trigger\njob ship: get a trigger passed test\n';
const PAIR = 'job test: get a trigger, get b\njob ship: get a trigger passed test, get b passed test\n';
const DIAMOND = 'job x: get a trigger\njob y: get a trigger\njob ship: get a trigger passed x,y\n';

/** Versions that must have passed other jobs. */
export const passedCases: readonly Case[] = [
  {
    name: 'upstream has not run',
    world: `a: v1\n${CHAIN}queued test a=v1`,
    decides: 'hold ship: upstream a test',
  },
  { name: 'upstream failed', world: `a: v1\n${CHAIN}ran test failed a=v1`, decides: 'hold ship: upstream a test' },
  { name: 'upstream passed', world: `a: v1\n${CHAIN}ran test a=v1`, decides: 'build ship a=v1, because of test #1' },
  {
    name: 'upstream passed an older one; the newer is awaited',
    world: `a: v1 v2\n${CHAIN}ran test a=v1\nran test running a=v2\nran ship a=v1`,
    decides: 'hold ship: upstream a test',
  },
  {
    name: 'the newest that passed, not the newest build',
    world: `a: v1 v2\n${CHAIN}ran test a=v2\nran test a=v1`,
    decides: 'build ship a=v2, because of test #1',
  },
  {
    name: 'passed twice is not new twice',
    world: `a: v1\n${CHAIN}ran test a=v1\nran ship a=v1\nran test a=v1`,
    decides: '',
  },
  {
    name: 'a waiting build follows what passes',
    world: `a: v1 v2\n${CHAIN}ran test a=v1\nran test a=v2\nwaits ship a=v1`,
    decides: 'update ship a=v2, because of test #2',
  },
  {
    name: 'disabled after it passed',
    world: `a: v1!\n${CHAIN}ran test a=v1`,
    decides: 'hold test: disabled a\nhold ship: disabled a',
  },
  {
    name: 'history that a person sent through upstream goes on',
    world: `a: v1~ v2\n${CHAIN}ran test a=v1\nran test failed a=v2`,
    decides: 'build ship a=v1, because of test #1',
  },
  {
    name: 'one build supplies both',
    world: `a: v1 v2\nb: w1 w2\n${PAIR}ran test a=v1 b=w2\nran test a=v2 b=w1`,
    decides: 'build ship a=v2 b=w1, because of test #2',
  },
  {
    name: 'the first get is served best',
    world: `a: v1 v2\nb: w1 w2\n${PAIR}ran test a=v2 b=w1\nran test a=v1 b=w2`,
    decides: 'build ship a=v2 b=w1, because of test #1',
  },
  {
    name: 'among equals the newest build',
    world: `a: v1\nb: w1 w2\n${PAIR}ran test a=v1 b=w1\nran test a=v1 b=w2`,
    decides: 'build ship a=v1 b=w2, because of test #2',
  },
  {
    name: 'two upstream jobs must have the same version',
    world: `a: v1 v2\n${DIAMOND}ran x a=v1\nran y a=v1\nran x a=v2\nran y failed a=v2`,
    decides: 'build ship a=v1, because of x #1',
  },
  {
    name: 'two upstream jobs that never met',
    world: `a: v1 v2\n${DIAMOND}ran x a=v2\nran y a=v1\nran y failed a=v2`,
    decides: 'hold ship: not_together a x,y',
  },
  {
    name: 'one of two has not passed',
    world: `a: v1\n${DIAMOND}ran x a=v1\nran y failed a=v1`,
    decides: 'hold ship: upstream a y',
  },
  {
    name: 'outputs pass as inputs do',
    world:
      'a: v1\nimg: i1\njob make: get a trigger, put img\njob ship: get img trigger passed make, get a passed make\nran make a=v1 -> img=i1',
    decides: 'build ship img=i1 a=v1, because of make #1',
  },
  {
    name: 'what a build pushed stands for it, not what it had got',
    world: 'a: v1 v2\njob bump: get a trigger, put a\njob ship: get a trigger passed bump\nran bump a=v1 -> a=v2',
    decides: 'build ship a=v2, because of bump #1',
  },
  {
    name: 'gets of different upstream jobs are chosen apart',
    world:
      'a: v1 v2\nb: w1\njob x: get a\njob y: get b\njob ship: get a trigger passed x, get b trigger passed y\nran x a=v1\nran x a=v2\nran y b=w1',
    decides: 'build ship a=v2 b=w1, because of x #2',
  },
  {
    name: 'a third get without passed is the newest',
    world: `a: v1\nb: w1\nc: u1 u2\njob test: get a, get b\njob ship: get a trigger passed test, get b passed test, get c\nran test a=v1 b=w1`,
    decides: 'build ship a=v1 b=w1 c=u2, because of test #1',
  },
  {
    name: 'pinned to what passed',
    world: `a: v1 v2\npin a v1\n${CHAIN}ran test a=v2\nran test a=v1\nran ship a=v2`,
    decides: 'build ship a=v1, because of test #2',
  },
  {
    name: 'a pin must have passed too',
    world: `a: v1 v2\npin a v1\n${CHAIN}ran test a=v2\nran test failed a=v1`,
    decides: 'hold ship: upstream a test',
  },
  {
    name: 'crosswise: the best of the first get must be given up',
    world: `a: v1 v2
b: w1 w2
job x: get a, get b
job y: get a, get b
job ship: get a trigger passed x,y, get b passed x,y
ran x a=v2 b=w1
ran x a=v1 b=w1
ran y a=v2 b=w2
ran y a=v1 b=w1`,
    decides: 'build ship a=v1 b=w1, because of x #2',
  },
  {
    name: 'crosswise with nothing in common',
    world: `a: v1 v2
b: w1 w2
job x: get a, get b
job y: get a, get b
job ship: get a trigger passed x,y, get b passed x,y
ran x a=v1 b=w2
ran x a=v2 b=w1
ran y a=v1 b=w1
ran y a=v2 b=w2`,
    decides: 'hold ship: not_together a,b x,y',
  },
  {
    name: 'a retry that passes lets its versions through',
    world: `a: v1\n${CHAIN}ran test failed a=v1\nran test manual a=v1`,
    decides: 'build ship a=v1, because of test #2',
  },
  {
    name: 'a triggering input that passed and another that has not yet a version',
    world: `a: v1\nb:\njob test: get a trigger\njob ship: get a trigger passed test, get b\nran test a=v1`,
    decides: 'hold ship: no_version b',
  },
  {
    name: 'three in a row: each waits for the one before',
    world: `a: v1\n${CHAIN}job last: get a trigger passed ship\nran test a=v1`,
    decides: 'build ship a=v1, because of test #1\nhold last: upstream a ship',
  },
  {
    name: 'the last of three may name the first as well',
    world: `a: v1 v2\n${CHAIN}job last: get a trigger passed test,ship\nran test a=v1\nran ship a=v1\nran test a=v2\nran ship failed a=v2`,
    decides: 'build last a=v1, because of test #1',
  },
  {
    name: 'two resources of which only one has passed something new',
    world: `a: v1 v2\nb: w1\n${PAIR}ran test a=v1 b=w1\nran ship a=v1 b=w1\nran test a=v2 b=w1`,
    decides: 'build ship a=v2 b=w1, because of test #2',
  },
  {
    name: 'an input that does not trigger passes along without starting anything',
    world: `a: v1\nb: w1 w2\n${PAIR}ran test a=v1 b=w1\nran ship a=v1 b=w1\nran test manual a=v1 b=w2`,
    decides: '',
  },
  {
    name: 'a pin holds for the whole chain',
    world: `a: v1 v2\npin a v1\n${CHAIN}ran test a=v1\nran ship a=v1`,
    decides: 'hold test: pinned a\nhold ship: pinned a',
  },
  {
    name: 'the same resource twice, from two upstream jobs: each its own version',
    world:
      'a: v1 v2\njob x: get a\njob y: get a\njob ship: get a trigger passed x, get a trigger passed y\nran x a=v2\nran y a=v1',
    decides: 'build ship a=v2 a=v1, because of x #1',
  },
  {
    name: 'what upstream got in a hook passes, too',
    world:
      'a: v1\nb: w1\njob test: get a trigger\nhook test: get b\njob ship: get b trigger passed test\nran test a=v1 b=w1',
    decides: 'build ship b=w1, because of test #1',
  },
  {
    name: 'paused downstream: it is said, and upstream goes on',
    world: `a: v1 v2\n${CHAIN}ran test a=v1\npaused ship`,
    decides: 'build test a=v2, because of a v2\nhold ship: paused job',
  },
  {
    name: 'paused upstream: downstream waits for it',
    world: `a: v1\n${CHAIN}paused test`,
    decides: 'hold test: paused job\nhold ship: upstream a test',
  },
  {
    name: 'versions that the resource forgot do not pass',
    world: `a: v2\n${CHAIN}ran test a=v1\nran test failed a=v2`,
    decides: 'hold ship: upstream a test',
  },
  {
    name: 'the group of a for_each waits for all of it',
    world:
      'a: v1 v2\njob t--x: get a trigger\njob t--y: get a trigger\njob ship: get a trigger passed t--x,t--y\nran t--x a=v1\nran t--y a=v1\nran t--x a=v2\nran t--y running a=v2\nran ship a=v1',
    decides: 'hold ship: upstream a t--y',
  },
];
