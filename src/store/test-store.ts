/** What the tests of builds reported. */
import type { BuildId, JobId, TestId } from '../lib/ids.ts';
import type { TestCounts, TestStatus } from '../protocol/tests.ts';
import type { Page } from './page.ts';
import type { TestResultRecord, TestRun } from './records.ts';

export interface TestQuery {
  /** Absent: all. */
  readonly status?: readonly TestStatus[] | undefined;
  /** `reported`: in the order of the reports; `slowest` has one page. */
  readonly order: 'reported' | 'slowest';
  readonly limit: number;
  readonly after?: string | undefined;
}

/** Results come with events of attempts (`tests`). Of a step that was tried several times the newest try that reported any counts. */
export interface TestStore {
  /** Builds without reports are not in the answer. */
  testCounts(builds: readonly BuildId[]): Promise<ReadonlyMap<BuildId, TestCounts>>;
  listTests(buildId: BuildId, query: TestQuery): Promise<Page<TestResultRecord>>;
  /** How many of the build's tests both failed and passed in it. */
  countFlakyTests(buildId: BuildId): Promise<number>;
  findTest(id: TestId): Promise<{ readonly jobId: JobId; readonly suite: string; readonly name: string } | undefined>;
  /** How the tests went in the newest `builds` builds of the job up to the number that have reports; newest build first. */
  testRuns(query: {
    readonly jobId: JobId;
    readonly tests: readonly TestId[];
    readonly upTo: number;
    readonly builds: number;
  }): Promise<readonly TestRun[]>;
  /** The newest build of the job before the number that passed and has reports. */
  testBaseline(jobId: JobId, before: number): Promise<{ readonly id: BuildId; readonly number: number } | undefined>;
}
