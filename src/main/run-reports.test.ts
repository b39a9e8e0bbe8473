import { expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createJunitReader } from '../worker/reports/junit.ts';
import type { JobRecord, RunRecord, StepRecord } from './run-record.ts';
import { readReports, writeReports } from './run-reports.ts';

const step = (name: string, more: Partial<StepRecord> = {}): StepRecord => ({
  ...{ id: name, name, kind: 'task', outcome: 'succeeded', ms: 1_500, tries: 1, log: '' },
  ...more,
});
const job = (name: string, steps: StepRecord[], more: Partial<JobRecord> = {}): JobRecord => ({
  ...{ job: name, outcome: 'succeeded', startedAt: 1_000, ms: 2_000, steps, inputs: [], outputs: [] },
  ...more,
});
const run = (...jobs: JobRecord[]): RunRecord => ({ pipeline: 'p & "q"', startedAt: 0, ms: 4_000, jobs });

async function written(format: string, record: RunRecord): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'pikoci-report-'));
  try {
    const path = join(directory, 'deep/in', 'report');
    await writeReports(readReports([`${format}=${path}`], directory), record);
    return readFileSync(path, 'utf8');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test('JUnit: a suite for each job, a case for each step, the end of the log of what failed', async () => {
  const xml = await written(
    'junit',
    run(
      job('test', [
        step('get'),
        step('lint', { outcome: 'failed', exitCode: 3, log: '\x1b[31mred\x1b[0m <bad> & ]]> \x07\ud800\n' }),
        step('flaky', { outcome: 'warning', exitCode: 1 }),
        step('push', { outcome: 'errored', problem: { code: 'x', message: 'two\nlines "q"', hint: 'look' } }),
        step('rest', { outcome: 'skipped' }),
        step('cut', { outcome: 'cancelled' }),
        step('twin', { id: '7' }),
        step('twin', { id: '8' }),
      ]),
      job('late', [], { outcome: 'not_run', why: 'test did not pass' }),
      job('hung', [step('ok')], { outcome: 'failed', why: 'the job took longer than 1s', hint: 'give it more' }),
    ),
  );
  expect(xml).toStartWith(
    '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="p &amp; &quot;q&quot;" tests="11"',
  );
  expect(xml).toContain('failures="1" errors="3" skipped="2"');
  expect(xml).toContain('<testsuite name="test" tests="8" failures="1" errors="2" skipped="1" time="2.000"');
  expect(xml).toContain('<failure message="exited with 3">red &lt;bad&gt; &amp; ]]&gt; \ufffd\n</failure>');
  expect(xml).toContain('<error message="two&#10;lines &quot;q&quot;; look"></error>');
  expect(xml).toContain('<testcase classname="test" name="flaky" time="1.500"/>');
  expect(xml).toContain('name="twin (7)"');
  expect(xml).toContain('name="late" time="0.000">\n      <skipped message="test did not pass"/>');
  expect(xml).toContain('<error message="the job took longer than 1s; give it more">');
  // And pikoci itself reads it, as it would a task's.
  const reader = createJunitReader();
  const cases = [...reader.push(xml), ...reader.end()];
  expect(cases.filter(({ status }) => status === 'failed').map(({ name }) => name)).toEqual(['lint']);
  expect(cases).toHaveLength(11);
});

test('JSON: everything, times as text', async () => {
  const report = JSON.parse(await written('json', run(job('test', [step('unit', { log: 'ok\n' })]))));
  expect(report).toMatchObject({
    startedAt: '1970-01-01T00:00:00.000Z',
    jobs: [{ job: 'test', startedAt: '1970-01-01T00:00:01.000Z', steps: [{ name: 'unit', log: 'ok\n' }] }],
  });
});

test.each([
  ['results.xml', 'write --report junit=results.xml'],
  ['junti=a.xml', 'write --report junit=a.xml'],
  ['json=', 'write --report json=FILE'],
  ['json=/tmp', 'name a file in it'],
])('%p is no report', (given, hint) => {
  expect(() => readReports([given], '/')).toThrow(expect.objectContaining({ code: 'usage.bad_value', hint }));
});

test('a report that cannot be written says so', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'pikoci-report-'));
  try {
    writeFileSync(join(directory, 'file'), '');
    await expect(writeReports(readReports(['json=file/x'], directory), run())).rejects.toMatchObject({
      message: expect.stringContaining('cannot write the report'),
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
