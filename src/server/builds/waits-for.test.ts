import { expect, test } from 'bun:test';
import type { BuildId } from '../../lib/ids.ts';
import { describeWait, type WaitFacts } from './waits-for.ts';

const id = (text: string): BuildId => text as BuildId;
const free: WaitFacts = {
  build: { id: id('b'), job: 'test', notBefore: undefined },
  job: { serialGroups: [] },
  tags: [],
  running: [],
  serialGroupsOf: (job) => (job === 'deploy' ? ['prod'] : []),
  workers: [{ status: 'running', tags: ['linux', 'gpu'], slots: 2 }],
  now: 1_000,
};
const other = { id: id('c'), job: 'test', number: 4 };

test.each([
  ['nothing but to be taken', {}, 'a worker to take it'],
  ['nothing but a slot', { running: [other, { ...other, job: 'lint' }] }, 'a free slot on a worker'],
  ['a retry', { build: { ...free.build, notBefore: 5_200 } }, 'the next try, in 4.2s'],
  ['a retry whose time has come', { build: { ...free.build, notBefore: 900 } }, 'a worker to take it'],
  ['its one slot', { job: { concurrency: 1, serialGroups: [] }, running: [other] }, 'build 4 of this job to end'],
  [
    'its two slots',
    { job: { concurrency: 2, serialGroups: [] }, running: [other, { ...other, number: 5 }] },
    'one of 2 running builds of this job to end',
  ],
  ['room left', { job: { concurrency: 2, serialGroups: [] }, running: [other] }, 'a worker to take it'],
  [
    'a group',
    { job: { serialGroups: ['prod'] }, running: [{ ...other, job: 'deploy' }] },
    'build 4 of deploy to end (serial group prod)',
  ],
  ['any worker', { workers: [] }, 'a worker: none is connected'],
  ['a living worker', { workers: [{ status: 'lost', tags: [], slots: 2 }] }, 'a worker: none is connected'],
  ['a tag', { tags: ['linux', 'arm'] }, 'a worker: none has the tag arm'],
  [
    'tags together',
    {
      tags: ['linux', 'arm'],
      workers: [
        { status: 'running', tags: ['linux'], slots: 1 },
        { status: 'running', tags: ['arm'], slots: 1 },
      ],
    },
    'a worker: none has all of the tags linux, arm',
  ],
] satisfies [string, Partial<WaitFacts>, string][])('a pending build waits for %s', (_name, change, expected) => {
  expect(describeWait({ ...free, ...change })).toBe(expected);
});
