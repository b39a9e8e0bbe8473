import type { Case } from './case.ts';

/** Pinned, disabled, paused: what keeps a job from a version, and what is said about it. */
export const holdCases: readonly Case[] = [
  {
    name: 'pinned by a person',
    world: 'a: v1 v2\npin a v1\njob test: get a trigger',
    decides: 'build test a=v1, because of a v1',
  },
  {
    name: 'pinned in the resource',
    world: 'a: v1 v2\npinned a v1\njob test: get a trigger',
    decides: 'build test a=v1, because of a v1',
  },
  {
    name: 'pinned in the get',
    world: 'a: v1 v2\njob test: get a trigger version v1',
    decides: 'build test a=v1, because of a v1',
  },
  {
    name: 'the get wins over the resource',
    world: 'a: v1 v2 v3\npin a v2\njob test: get a trigger version v1',
    decides: 'build test a=v1, because of a v1',
  },
  {
    name: 'the person wins over the block',
    world: 'a: v1 v2 v3\npin a v2\npinned a v1\njob test: get a trigger',
    decides: 'build test a=v2, because of a v2',
  },
  {
    name: 'pinned, and something newer came',
    world: 'a: v1 v2\npin a v1\njob test: get a trigger\nran test a=v1',
    decides: 'hold test: pinned a',
  },
  { name: 'pinned to the newest', world: 'a: v1 v2\npin a v2\njob test: get a trigger\nran test a=v2', decides: '' },
  {
    name: 'pinned to what is not there',
    world: 'a: v1\npinned a v9\njob test: get a trigger',
    decides: 'hold test: pin_not_found a',
  },
  {
    name: 'pinned to one that is disabled: neither that nor another one',
    world: 'a: v1! v2\npin a v1\njob test: get a trigger',
    decides: 'hold test: pin_disabled a v1',
  },
  {
    name: 'the same by the block in the pipeline',
    world: 'a: v1! v2\npinned a v1\njob test: get a trigger',
    decides: 'hold test: pin_disabled a v1',
  },
  {
    name: 'the same in the get, whatever the resource is pinned to',
    world: 'a: v1! v2\npin a v2\njob test: get a trigger version v1',
    decides: 'hold test: pin_disabled a v1',
  },
  {
    name: 'a pin says more than that all are disabled',
    world: 'a: v1! v2!\npin a v1\njob test: get a trigger',
    decides: 'hold test: pin_disabled a v1',
  },
  {
    name: 'a waiting build of the pinned version is withdrawn when that is disabled',
    world: 'a: v1! v2\npin a v1\njob test: get a trigger\nwaits test a=v1',
    decides: 'withdraw test #1\nhold test: pin_disabled a v1',
  },
  {
    name: 'pinned away from under a waiting build',
    world: 'a: v1 v2\npin a v1\njob test: get a trigger\nran test a=v1\nwaits test a=v2',
    decides: 'withdraw test #2\nhold test: pinned a',
  },
  {
    name: 'a waiting build follows the pin',
    world: 'a: v1 v2\npin a v1\njob test: get a trigger\nwaits test a=v2',
    decides: 'update test a=v1, because of a v1',
  },
  {
    name: 'disabled: the one before',
    world: 'a: v1 v2!\njob test: get a trigger',
    decides: 'build test a=v1, because of a v1',
  },
  {
    name: 'disabled, and the one before was used',
    world: 'a: v1 v2!\njob test: get a trigger\nran test a=v1',
    decides: 'hold test: disabled a',
  },
  { name: 'all disabled', world: 'a: v1! v2!\njob test: get a trigger', decides: 'hold test: disabled a' },
  {
    name: 'disabled after it was used',
    world: 'a: v1 v2!\njob test: get a trigger\nran test a=v1\nran test a=v2',
    decides: '',
  },
  {
    name: 'disabled under a waiting build',
    world: 'a: v1 v2!\njob test: get a trigger\nran test a=v1\nwaits test a=v2',
    decides: 'withdraw test #2\nhold test: disabled a',
  },
  {
    name: 'all disabled under a waiting build',
    world: 'a: v1!\njob test: get a trigger\nwaits test a=v1',
    decides: 'withdraw test #1\nhold test: disabled a',
  },
  {
    name: 'a paused job with something new',
    world: 'a: v1\njob test: get a trigger\npaused test',
    decides: 'hold test: paused job',
  },
  {
    name: 'a paused job with nothing new',
    world: 'a: v1\njob test: get a trigger\nran test a=v1\npaused test',
    decides: '',
  },
  {
    name: 'a paused pipeline',
    world: 'a: v1\njob test: get a trigger\npaused pipeline',
    decides: 'hold test: paused pipeline',
  },
  {
    name: 'a waiting build of a paused job is kept up to date',
    world: 'a: v1 v2\njob test: get a trigger\npaused test\nwaits test a=v1',
    decides: 'update test a=v2, because of a v2',
  },
  {
    name: 'the same reason is not said twice',
    world: 'a:\njob test: get a trigger\nheld test {"resource":"a","kind":"no_version"}',
    decides: '',
  },
  {
    name: 'another reason is',
    world: 'a: v1!\njob test: get a trigger\nheld test {"kind":"no_version","resource":"a"}',
    decides: 'hold test: disabled a',
  },
  {
    name: 'a reason of an older pikoci is replaced',
    world: 'a:\njob test: get a trigger\nheld test {"kind":"something_else"}',
    decides: 'hold test: no_version a',
  },
  {
    name: 'a build clears the reason',
    world: 'a: v1\njob test: get a trigger\nheld test {"kind":"no_version","resource":"a"}',
    decides: 'build test a=v1, because of a v1\nclear test',
  },
];
