/** What a failing test's past says of it. */
import type { TestId } from '../../lib/ids.ts';
import type { TestStatus } from '../../protocol/tests.ts';
import type { TestResultRecord, TestRun } from '../../store/records.ts';

export interface Judged {
  /** Failed, and did not in the build that failures are compared with, or was not in it. */
  readonly isNew: boolean;
  /** Number of the build since which it fails in every build that has it. */
  readonly failingSince?: number;
  /** It both passed and failed on the same versions: in this build, or in another with the same. */
  readonly flaky: boolean;
}

export const isFailure = (status: TestStatus): boolean => status === 'failed' || status === 'errored';

/** `number`: of the build. `runs`: of these tests, this build's own and earlier ones, newest first. `comparedWith`: number of the last build that passed. */
export function judgeTests(
  results: readonly TestResultRecord[],
  number: number,
  runs: readonly TestRun[],
  comparedWith: number | undefined,
): ReadonlyMap<TestId, Judged> {
  const byTest = Map.groupBy(runs, (run) => run.id);
  return new Map(
    results.map((result) => [result.id, judge(result, number, byTest.get(result.id) ?? [], comparedWith)]),
  );
}

function judge(
  result: TestResultRecord,
  number: number,
  runs: readonly TestRun[],
  comparedWith: number | undefined,
): Judged {
  const failed = isFailure(result.status);
  const otherwise = (run: TestRun): boolean => run.status !== 'skipped' && isFailure(run.status) !== failed;
  const basis = runs.find((run) => run.number === number)?.basis;
  const flaky =
    result.flaky ||
    (result.status !== 'skipped' && basis !== undefined && runs.some((run) => run.basis === basis && otherwise(run)));
  if (!failed) return { isNew: false, flaky };
  const then = runs.find((run) => run.number === comparedWith);
  const isNew = comparedWith !== undefined && (then === undefined || !isFailure(then.status));
  return { isNew, flaky, failingSince: since(number, runs) };
}

function since(number: number, runs: readonly TestRun[]): number {
  let first = number;
  for (const run of runs) {
    if (run.number >= number || run.status === 'skipped') continue;
    if (!isFailure(run.status)) break;
    first = run.number;
  }
  return first;
}
