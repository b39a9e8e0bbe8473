import type { Case } from './case.ts';

/** A pipeline changed: jobs and resources came, went, or have another name. */
export const changeCases: readonly Case[] = [
  {
    name: 'a resource with another name is another resource, and its newest version is new',
    world: 'old: v1 v2\nnew: v1~ v2\njob test: get new trigger\nran test old=v2\ngone old',
    decides: 'build test new=v2, because of new v2',
  },
  {
    name: 'a resource whose params changed has versions of its own',
    world: 'a: u1~ u2\njob test: get a trigger\nran test a=v1\nran test a=v2',
    decides: 'build test a=u2, because of a u2',
  },
  {
    name: 'one that was replaced and not checked yet',
    world: 'a:\njob test: get a trigger\nran test a=v1',
    decides: 'hold test: no_version a',
  },
  {
    name: 'what waited for the versions of the replaced one',
    world: 'a:\njob test: get a trigger\nwaits test a=v1',
    decides: 'withdraw test #1\nhold test: no_version a',
  },
  {
    name: 'what passed of the replaced one passes no more',
    world: 'a: u1\njob test: get a\njob ship: get a trigger passed test\nran test a=v1',
    decides: 'hold ship: upstream a test',
  },
  {
    name: 'a job with another name is another job, and begins with the newest',
    world: 'a: v1 v2\njob old: get a trigger\njob new: get a trigger\nran old a=v1\nran old a=v2\ngone old',
    decides: 'build new a=v2, because of a v2',
  },
  {
    name: 'a job that wants every version begins with all that trigger',
    world: 'a: v1~ v2 v3\njob new: get a trigger every',
    decides: 'build new a=v2, because of a v2\nbuild new a=v3, because of a v3',
  },
  {
    name: 'what passed a job that is gone passed nothing',
    world: 'a: v1\njob old: get a trigger\njob new: get a\njob ship: get a trigger passed new\nran old a=v1\ngone old',
    decides: 'hold ship: upstream a new',
  },
  {
    name: 'a job that is gone is decided nothing about',
    world: 'a: v1\njob test: get a trigger\ngone test',
    decides: '',
  },
  {
    name: 'a get of a resource that is gone',
    world: 'a: v1\njob test: get a trigger\ngone a',
    decides: 'hold test: no_version a',
  },
  {
    name: 'a new get, and what waits has too little',
    world: 'a: v1\nb: w1\njob test: get a trigger, get b\nwaits test of old a=v1',
    decides: 'update test a=v1 b=w1, because of a v1',
  },
  {
    name: 'a new get without a version, and what waits has too little',
    world: 'a: v1\nb:\njob test: get a trigger, get b\nwaits test of old a=v1',
    decides: 'withdraw test #1\nhold test: no_version b',
  },
  {
    name: 'one get less, and what waits has too much',
    world: 'a: v1\nb: w1\njob test: get a trigger\nwaits test of old a=v1 b=w1',
    decides: 'update test a=v1, because of a v1',
  },
  {
    name: 'a new condition, and what waits has not passed it: it was right when it was made',
    world: 'a: v1\njob lint: get a\njob test: get a trigger passed lint\nwaits test of old a=v1',
    decides: '',
  },
  {
    name: 'a for_each has one key more, and its group has not passed',
    world:
      'a: v1\njob t--x: get a trigger\njob t--y: get a trigger\njob t--z: get a trigger\njob ship: get a trigger passed t--x,t--y,t--z\nran t--x a=v1\nran t--y a=v1\nran t--z running a=v1',
    decides: 'hold ship: upstream a t--z',
  },
  {
    name: 'a for_each has one key less, and the rest has passed',
    world:
      'a: v1\njob t--x: get a trigger\njob t--y: get a trigger\njob ship: get a trigger passed t--x\nran t--x a=v1\nran t--y failed a=v1\ngone t--y',
    decides: 'build ship a=v1, because of t--x #1',
  },
  {
    name: 'a for_each in two rows: each follows its own',
    world:
      'a: v1 v2\njob t--x: get a trigger\njob t--y: get a trigger\njob d--x: get a trigger passed t--x\njob d--y: get a trigger passed t--y\nran t--x a=v2\nran t--y a=v1\nran t--y failed a=v2\nran d--x a=v2',
    decides: 'build d--y a=v1, because of t--y #1',
  },
  {
    name: 'a trigger that was added has seen nothing yet',
    world: 'a: v1\nb: w1 w2\njob test: get a, get b trigger\nran test a=v1 b=w1',
    decides: 'build test a=v1 b=w2, because of b w2',
  },
  {
    name: 'a get that became a trigger brings no build of a version it had',
    world: 'a: v1\njob test: get a trigger\nran test manual a=v1',
    decides: '',
  },
  {
    name: 'from every to latest: what is left over is passed by',
    world: 'a: v1 v2 v3\njob test: get a trigger\nran test a=v1',
    decides: 'build test a=v3, because of a v3',
  },
  {
    name: 'a version that was found again while it waits is the same',
    world: 'a: v1 v2\njob test: get a trigger\nran test a=v1\nwaits test a=v2',
    decides: '',
  },
  {
    name: 'of a second report everything triggers',
    world: 'a: v1~ v2 v3 v4\njob test: get a trigger every\nran test a=v2',
    decides: 'build test a=v3, because of a v3\nbuild test a=v4, because of a v4',
  },
];
