import { expect, test } from 'bun:test';
import type { BuildId, TeamId } from '../../lib/ids.ts';
import { reasonInWords } from '../../protocol/reason-words.ts';
import { type WaitFacts, waitReason } from './waits-for.ts';

const id = (text: string): BuildId => text as BuildId;
const linux = { name: 'w1', status: 'running' as const, tags: ['linux', 'gpu'], slots: 2 };
const free: WaitFacts = {
  build: { id: id('b'), job: 'test', number: 4, held: false, notBefore: undefined, problem: undefined },
  pipeline: {},
  record: { active: true },
  job: { serialGroups: [] },
  tags: [],
  holders: [],
  before: [],
  serialGroupsOf: (job) => (job === 'deploy' ? ['prod'] : []),
  workers: [linux],
  now: 1_000,
};
const other = { id: id('c'), job: 'test', number: 4 };
const deploy = { ...other, job: 'deploy' };
const prod = { serialGroups: ['prod'] };
const hour = 3_600_000;

test.each([
  ['nothing but to be taken', {}, 'a worker to take it'],
  ['nothing but a slot', { holders: [other, { ...other, job: 'lint' }] }, 'a free slot on a worker'],
  ['its turn', { holders: [other, deploy], place: 3 }, 'a free slot on a worker (3rd in the queue)'],
  ['a paused pipeline', { pipeline: { pausedBy: 'ada', pausedAt: 0 } }, 'the pipeline to go on: it is paused by ada'],
  [
    'a paused job',
    { record: { active: true, pausedBy: 'ada', pausedAt: 0, pausedReason: 'flaky' } },
    'the job to go on: it is paused by ada: flaky',
  ],
  ['a job that is gone', { record: { active: false } }, 'nothing: job test is no longer in the pipeline'],
  [
    'a retry',
    { build: { ...free.build, notBefore: 5_200, problem: { code: 'x', message: 'worker lost' } } },
    'its next try, since it errored: worker lost',
  ],
  ['a retry whose time has come', { build: { ...free.build, notBefore: 900 } }, 'a worker to take it'],
  ['a retry by a clock that was set back', { build: { ...free.build, notBefore: 9 * hour } }, 'a worker to take it'],
  ['its one slot', { job: { concurrency: 1, serialGroups: [] }, holders: [other] }, 'build 4 of this job to end'],
  [
    'its two slots',
    { job: { concurrency: 2, serialGroups: [] }, holders: [other, { ...other, number: 5 }] },
    'one of 2 running builds of this job to end',
  ],
  ['room left', { job: { concurrency: 2, serialGroups: [] }, holders: [other] }, 'a worker to take it'],
  [
    'the slot it has',
    { job: { concurrency: 1, serialGroups: [] }, holders: [{ ...other, id: id('b') }] },
    'a worker to take it',
  ],
  ['a group', { job: prod, holders: [deploy] }, 'build 4 of deploy to end (serial group prod)'],
  [
    'its turn in a group',
    { job: prod, before: [deploy] },
    'build 4 of deploy to have its turn first (serial group prod)',
  ],
  ['any worker', { workers: [] }, 'a worker: none is connected'],
  ['a living worker', { workers: [{ ...linux, status: 'lost' }] }, 'a worker: none is connected (w1 was lost)'],
  ['a tag', { tags: ['linux', 'arm'] }, 'a worker: none has the tag arm (w1 has linux and gpu)'],
  [
    'tags together',
    {
      tags: ['linux', 'arm'],
      workers: [
        { ...linux, tags: ['linux'] },
        { ...linux, name: 'w2', tags: ['arm'] },
      ],
    },
    'a worker: none has all of the tags linux, arm (w1 has linux, w2 has arm)',
  ],
  [
    'one that is not drained',
    { workers: [{ ...linux, status: 'draining' }] },
    'a worker: w1 is drained, and there is no other',
  ],
  [
    'one that is not exclusive',
    { tags: [], workers: [{ ...linux, exclusive: true }] },
    'a worker: each takes only what asks for one of its tags: w1 (linux and gpu)',
  ],
  [
    'an exclusive one, whose tag it asks for',
    { tags: ['gpu'], workers: [{ ...linux, exclusive: true }] },
    'a worker to take it',
  ],
  [
    'one that takes builds',
    { workers: [{ ...linux, kinds: ['check'] }] },
    'a worker that takes builds: w1 takes only checks',
  ],
  [
    'one of its team',
    { teamId: 't1' as TeamId, workers: [{ ...linux, teamId: 't2' as TeamId }] },
    'a worker: none is connected',
  ],
] satisfies [string, Partial<WaitFacts>, string][])('a pending build waits for %s', (_name, change, expected) => {
  const words = reasonInWords(waitReason({ ...free, ...change }), { team: 'main', pipeline: 'p' });
  expect(words.text).toBe(expected);
  expect(words.wayOut).not.toBe('');
});
