import { expect, test } from 'bun:test';
import { reasonInWords } from './reason-words.ts';
import type { Reason } from './reasons.ts';

const mark = { by: 'ada', at: 0 };
const place = { team: 'main', pipeline: 'my-app' };

test.each([
  [
    { kind: 'not_together', resources: ['git.a', 'git.b'], jobs: ['x', 'y'] },
    'no build of x and y passed with versions of git.a and git.b that go together',
    'pikoci jobs trigger x -p my-app',
  ],
  [
    {
      kind: 'upstream',
      resource: 'git.a',
      jobs: [
        { job: 'x', state: 'never_ran' },
        { job: 'y', state: 'passed', number: 3, word: 'passed' },
      ],
    },
    'waiting for x and y to pass with the newest version of git.a: x has not run, y #3 passed with another version',
    'pikoci explain -p my-app -j x',
  ],
  [
    { kind: 'pin_not_found', resource: 'git.a', byPerson: true },
    'git.a is pinned to a version that no check has found',
    'pikoci resources unpin git.a -p my-app',
  ],
  [
    { kind: 'pin_disabled', resource: 'git.a', version: { ref: 'v1' }, mark, byPerson: false },
    'git.a is pinned in the pipeline to ref=v1, which is disabled by ada',
    'pikoci resources enable git.a -p my-app --version ref=v1',
  ],
  [
    { kind: 'pinned', resource: 'git.a', byPerson: false },
    'git.a has a newer version, and is pinned to another one in the pipeline',
    undefined,
  ],
  [
    {
      kind: 'disabled',
      resource: 'git.a',
      version: { ref: '4f2a91c04f2a91c04f2a91c04f2a91c04f2a91c0', note: 'a b' },
      mark,
    },
    'the newest version of git.a (ref=4f2a91c04f2a note=a b) is disabled by ada',
    "pikoci resources enable git.a -p my-app --version ref=4f2a91c04f2a91c04f2a91c04f2a91c04f2a91c0 --version 'note=a b'",
  ],
  [{ kind: 'disabled', resource: 'git.a' }, 'the newest version of git.a is disabled', undefined],
  [
    { kind: 'nothing_new', job: 'x', resources: ['git.a', 'git.b'] },
    'it has run with the newest version of git.a and git.b',
    'pikoci jobs trigger x -p my-app',
  ],
  [
    { kind: 'superseded', job: 'x', number: 7 },
    'build 7 was stopped: a newer one of the same branch came, and the job is interruptible',
    'pikoci builds retry 7 -p my-app -j x',
  ],
  [{ kind: 'approval', gates: [{ label: 'release', given: 1, needed: 2 }] }, 'approval: release (1 of 2)', undefined],
  [{ kind: 'unknown', text: '{"kind":"new"}' }, '{"kind":"new"}', undefined],
  [{ kind: 'worker_slot', free: false, place: 1 }, 'a free slot on a worker', 'pikoci workers list'],
  [
    { kind: 'worker_slot', free: false, place: 22 },
    'a free slot on a worker (22nd in the queue)',
    'pikoci workers list',
  ],
  [
    { kind: 'no_worker', lost: ['w1', 'w2'] },
    'a worker: none is connected (w1 and w2 were lost)',
    'pikoci workers list',
  ],
] satisfies [Reason, string, string | undefined][])('in words: %j', (reason, text, command) => {
  expect(reasonInWords(reason, place)).toMatchObject({ kind: reason.kind, text });
  expect(reasonInWords(reason, place).command).toBe(command);
});

test.each([
  [
    { kind: 'manual_only', job: 'x' },
    'none of its inputs triggers it, and its pipeline says disable_manual_trigger: nothing starts it',
    'say trigger = true in one of its gets, or take disable_manual_trigger out',
    undefined,
  ],
  [
    { kind: 'not_together', resources: ['git.a'], jobs: ['x'] },
    'no build of x passed with versions of git.a that go together',
    'wait until x runs once more, so that one build has them all',
    undefined,
  ],
  [
    { kind: 'upstream', resource: 'git.a', jobs: [{ job: 'x', state: 'never_ran' }] },
    'waiting for x to pass with the newest version of git.a: x has not run',
    'see why x has not run with it',
    'pikoci explain -p my-app -j x',
  ],
] satisfies [Reason, string, string, string | undefined][])(
  'where nobody may start x by hand: %j',
  (reason, text, wayOut, command) => {
    const said = reasonInWords(reason, { ...place, notByHand: new Set(['x']) });
    expect(said).toMatchObject({ text, wayOut });
    expect([said.command, said.action]).toEqual([command, undefined]);
  },
);

test('a command names the team, and quotes what a shell would take apart', () => {
  const reason = { kind: 'paused', what: 'job', job: 'x', mark } as const;
  expect(reasonInWords(reason, { team: 'ops', pipeline: "ada's app" }).command).toBe(
    "pikoci jobs unpause x -p 'ada'\\''s app' --team ops",
  );
});
