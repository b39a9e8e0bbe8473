import { expect, test } from 'bun:test';
import { renderSummary, shellWord } from './run-summary.ts';
import { createStyle } from './style.ts';

test('each job, what it came to, and how many passed', () => {
  const lines = renderSummary(
    [
      { job: 'build', state: 'passed', ms: 3_200, steps: 4, why: undefined },
      { job: 'lint', state: 'passed, with warnings', ms: 20, steps: 2, why: undefined },
      { job: 'test', state: 'failed', ms: 40, steps: 1, why: 'unit exited with 1' },
      { job: 'push', state: 'errored', ms: 1, steps: 2, why: undefined },
      { job: 'late', state: 'cancelled', ms: 1, steps: 0, why: undefined },
      { job: 'deploy', state: 'not run', ms: 0, steps: 0, why: 'test did not pass' },
    ],
    5_000,
    createStyle(false),
  );
  expect(lines).toEqual([
    '  ✓ build      3.2s  4 steps',
    '  ! lint       20ms  2 steps  passed, with warnings',
    '  ✗ test       40ms  1 step  failed: unit exited with 1',
    '  ! push        1ms  2 steps  errored',
    '  - late        1ms  0 steps  cancelled',
    '  - deploy  not run: test did not pass',
    '✗ 2 of 6 jobs passed in 5.0s',
  ]);
});

test.each([
  ['a-b_c.hcl', 'a-b_c.hcl'],
  ['name=value', 'name=value'],
  ["it's", `'it'\\''s'`],
  ['', "''"],
  ['a b', "'a b'"],
])('%p as a word of a shell', (text, word) => {
  expect(shellWord(text)).toBe(word);
});
