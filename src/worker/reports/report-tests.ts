/** After a task: what its reports say goes to the server, a few hundred tests at a time. */
import type { TestCase, TestCounts } from '../../protocol/tests.ts';
import type { StepRun } from '../engine/build.ts';
import { findReports } from './find-reports.ts';
import { MOST_TESTS, readReport } from './read-reports.ts';

const BATCH_TESTS = 200;
const BATCH_CHARACTERS = 128 * 1024;

/** Nothing that is wrong with a report changes how the task ended: the log says it. */
export async function reportTests(patterns: readonly string[], run: StepRun): Promise<void> {
  const { host } = run.build;
  const { files, unmatched } = findReports(host.workDir, patterns);
  for (const pattern of unmatched) {
    await run.log.say(`warning: reports: no file matches ${JSON.stringify(pattern)} in the build's directory`);
  }
  const counts = { passed: 0, failed: 0, errored: 0, skipped: 0 };
  const times = new Map<string, number>();
  let total = 0;
  let batch: TestCase[] = [];
  let characters = 0;

  async function send(): Promise<void> {
    if (batch.length === 0) return;
    const cases = batch;
    batch = [];
    characters = 0;
    await host.emit({ kind: 'tests', at: host.clock.now(), step: run.id, try: run.number, cases });
  }

  async function take(found: TestCase): Promise<void> {
    total += 1;
    if (total > MOST_TESTS) return;
    counts[found.status] += 1;
    const masked = maskedTest(found, run);
    // A tool may run one test for many values and call all of them the same.
    const key = JSON.stringify([masked.suite, masked.name]);
    const time = (times.get(key) ?? 0) + 1;
    times.set(key, time);
    batch.push(time === 1 ? masked : { ...masked, name: `${masked.name} #${time}` });
    characters += 200 + masked.name.length + masked.suite.length + (masked.message?.length ?? 0);
    if (batch.length >= BATCH_TESTS || characters >= BATCH_CHARACTERS) await send();
  }

  // After a timeout they say how far the task came; whatever comes from now on ends the reading.
  const wasOver = run.signal.aborted;
  const isOver = (): boolean => host.cancel.aborted || (!wasOver && run.signal.aborted);
  for (const file of files) {
    if (isOver()) break;
    const { tests, problem } = await readReport(host.workDir, file, take, isOver);
    if (problem !== undefined) {
      const kept = tests === 0 ? 'nothing in it' : `only the first ${tests} tests in it`;
      await run.log.say(`warning: reports: ${file}: ${problem}; ${kept} could be read`);
    }
  }
  await send();
  if (total > MOST_TESTS) {
    await run.log.say(`warning: reports: of ${total} tests only the first ${MOST_TESTS} are kept`);
  }
  if (files.length > 0) await run.log.say(`tests: ${describeCounts(counts)}`);
}

function maskedTest(test: TestCase, { build }: StepRun): TestCase {
  const { masks } = build.host;
  return {
    ...test,
    suite: masks.text(test.suite),
    name: masks.text(test.name),
    ...(test.message !== undefined && { message: masks.text(test.message) }),
    ...(test.place !== undefined && { place: masks.text(test.place) }),
  };
}

export function describeCounts({ passed, failed, errored, skipped }: Omit<TestCounts, 'durationMs'>): string {
  const parts = [`${passed} passed`];
  if (failed + errored > 0) parts.push(`${failed + errored} failed`);
  if (skipped > 0) parts.push(`${skipped} skipped`);
  return parts.join(', ');
}
