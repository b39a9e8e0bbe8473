import type { TestId } from '../../lib/ids.ts';
import type { TestResultView, TestStatus } from '../../protocol/tests.ts';
import type { BuildRecord, TestResultRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { TestQuery } from '../../store/test-store.ts';
import type { Access } from '../access.ts';
import type { Handlers } from '../http/call.ts';
import { notFound } from '../http/problems.ts';
import { judgeTests } from './judge-tests.ts';

export interface TestParts {
  readonly store: Store;
  readonly access: Access;
}

const PAGE = 100;
const HISTORY = 50;
/** How many builds back a failure is followed. */
const LOOK_BACK = 30;
/** How many failures are looked at to say how many are new. */
const MOST_FAILURES = 1_000;

const FAILURES: readonly TestStatus[] = ['failed', 'errored'];
const STATUSES: Readonly<Record<'failed' | 'passed' | 'skipped', readonly TestStatus[]>> = {
  failed: FAILURES,
  passed: ['passed'],
  skipped: ['skipped'],
};

export function testRoutes({ store, access }: TestParts): Handlers<'listTests' | 'testHistory'> {
  async function judged(
    build: BuildRecord,
    results: readonly TestResultRecord[],
    comparedWith: number | undefined,
  ): Promise<TestResultView[]> {
    const runs = await store.testRuns({
      jobId: build.jobId,
      tests: results.map((result) => result.id),
      upTo: build.number,
      builds: LOOK_BACK,
    });
    const judgements = judgeTests(results, build.number, runs, comparedWith);
    return results.map((result) => ({ ...result, isNew: false, ...judgements.get(result.id) }));
  }

  return {
    async listTests({ principal, params, query }) {
      const build = await access.build(principal, params.build);
      const counts = (await store.testCounts([build.id])).get(build.id);
      if (counts === undefined) {
        const none = { passed: 0, failed: 0, errored: 0, skipped: 0, durationMs: 0 };
        return { counts: none, newFailures: 0, flaky: 0, items: [] };
      }
      const [baseline, flaky] = await Promise.all([
        store.testBaseline(build.jobId, build.number),
        store.countFlakyTests(build.id),
      ]);
      const asked: TestQuery = {
        order: query.order ?? 'reported',
        limit: query.limit ?? PAGE,
        after: query.after,
        ...(query.status !== undefined && { status: STATUSES[query.status] }),
      };
      const failures = await store.listTests(build.id, { order: 'reported', status: FAILURES, limit: MOST_FAILURES });
      const found = await store.listTests(build.id, asked);
      const judgedFailures = await judged(build, failures.items, baseline?.number);
      const known = new Map(judgedFailures.map((result) => [result.id, result]));
      const others = found.items.filter((result) => !known.has(result.id as TestId));
      for (const result of await judged(build, others, baseline?.number)) known.set(result.id, result);
      return {
        counts,
        ...(baseline !== undefined && { comparedWith: baseline.number }),
        newFailures: judgedFailures.filter((result) => result.isNew).length,
        flaky,
        items: found.items.flatMap((result) => known.get(result.id) ?? []),
        ...(found.next !== undefined && { next: found.next }),
      };
    },

    async testHistory({ principal, params, query }) {
      const { job } = await access.job(principal, params);
      const id = params.test as TestId;
      const test = await store.findTest(id);
      if (test?.jobId !== job.id) throw notFound(`test "${params.test}" of job "${job.name}"`);
      const runs = await store.testRuns({
        jobId: job.id,
        tests: [id],
        upTo: Number.MAX_SAFE_INTEGER,
        builds: query.limit ?? HISTORY,
      });
      return {
        suite: test.suite,
        name: test.name,
        results: runs.map(({ number, buildId, status, durationMs, message, flaky }) => ({
          number,
          build: buildId,
          status,
          ...(durationMs !== undefined && { durationMs }),
          ...(message !== undefined && { message }),
          flaky,
        })),
      };
    },
  };
}
