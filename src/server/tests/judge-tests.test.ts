import { expect, test } from 'bun:test';
import type { BuildId, TestId } from '../../lib/ids.ts';
import type { TestStatus } from '../../protocol/tests.ts';
import type { TestRun } from '../../store/records.ts';
import { type Judged, judgeTests } from './judge-tests.ts';

const ID = 'test-1' as TestId;

/** `5f@a`: in build 5 it failed, on the basis a. */
function run(text: string): TestRun {
  const [, number, word, basis] = /^(\d+)([pfes])(?:@(\w+))?$/.exec(text) ?? [];
  const status = ({ p: 'passed', f: 'failed', e: 'errored', s: 'skipped' } as const)[word as 'p'];
  return {
    id: ID,
    buildId: `build-${number}` as BuildId,
    number: Number(number),
    status,
    flaky: false,
    ...(basis !== undefined && { basis }),
  };
}

test.each<[string, string[], number | undefined, boolean, Judged]>([
  ['passes', ['9p@i', '8p@h'], 8, false, { isNew: false, flaky: false }],
  ['fails since just now', ['9f@i', '8p@h'], 8, false, { isNew: true, flaky: false, failingSince: 9 }],
  ['fails, and is new in this job', ['9f@i'], 8, false, { isNew: true, flaky: false, failingSince: 9 }],
  [
    'fails with nothing to compare it with',
    ['9f@i'],
    undefined,
    false,
    { isNew: false, flaky: false, failingSince: 9 },
  ],
  ['fails since a while', ['9f@i', '8e@h', '7f@g', '6p@f'], 6, false, { isNew: true, flaky: false, failingSince: 7 }],
  [
    'was skipped in between',
    ['9f@i', '8s@h', '7f@g', '6p@f'],
    6,
    false,
    { isNew: true, flaky: false, failingSince: 7 },
  ],
  ['fails in a build that passed, too', ['9f@i', '8f@h'], 8, false, { isNew: false, flaky: false, failingSince: 8 }],
  ['passed on the same versions', ['9f@i', '8p@i'], 8, false, { isNew: true, flaky: true, failingSince: 9 }],
  ['failed on the same versions', ['9p@i', '8f@i'], 7, false, { isNew: false, flaky: true }],
  ['other versions passed', ['9f@i', '8p@h', '7p@h'], 8, false, { isNew: true, flaky: false, failingSince: 9 }],
  ['builds without versions are not compared', ['9f', '8p'], 8, false, { isNew: true, flaky: false, failingSince: 9 }],
  ['its tool says so', ['9p@i'], undefined, true, { isNew: false, flaky: true }],
  ['skipped', ['9s@i', '8p@i'], 8, false, { isNew: false, flaky: false }],
])('%s', (_name, runs, comparedWith, toolSaysFlaky, expected) => {
  const [own] = runs.map(run);
  const status: TestStatus = own?.status ?? 'passed';
  const result = { id: ID, suite: 's', name: 'n', step: '1', status, flaky: toolSaysFlaky };
  expect(judgeTests([result], 9, runs.map(run), comparedWith).get(ID)).toEqual(expected);
});
