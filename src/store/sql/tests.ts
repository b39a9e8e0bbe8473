/** Results of tests, as they are asked for. */
import type { ExpressionBuilder } from 'kysely';
import type { BuildId, TestId } from '../../lib/ids.ts';
import type { TestCounts } from '../../protocol/tests.ts';
import type { Page } from '../page.ts';
import type { TestResultRecord, TestRun } from '../records.ts';
import { inputSetKey } from '../scheduling-facts.ts';
import type { TestQuery, TestStore } from '../test-store.ts';
import { cursorNumber, portions, type SqlContext } from './context.ts';
import { digestOf } from './json-column.ts';
import type { Db, Schema } from './schema.ts';

export function createTestStore({ db }: SqlContext): TestStore {
  return {
    testCounts: (builds) => testCounts(db, builds),
    listTests: (buildId, query) => listTests(db, buildId, query),

    countFlakyTests: async (buildId) => {
      const rows = await newestResults(db, buildId, await newestRuns(db, [buildId]));
      const counted = await rows
        ?.where('test_results.flaky', '=', 1)
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .executeTakeFirst();
      return Number(counted?.count ?? 0);
    },

    findTest: async (id) => {
      const row = await db
        .selectFrom('tests')
        .select(['job_id', 'suite', 'name'])
        .where('id', '=', id)
        .executeTakeFirst();
      return row && { jobId: row.job_id, suite: row.suite, name: row.name };
    },

    testRuns: async ({ jobId, tests, upTo, builds }) => {
      const reported = await db
        .selectFrom('builds')
        .select('builds.id')
        .where('job_id', '=', jobId)
        .where('number', '<=', upTo)
        .where(hasReport)
        .orderBy('number', 'desc')
        .limit(builds)
        .execute();
      const ids = reported.map(({ id }) => id);
      return testRuns(db, ids, tests);
    },

    testBaseline: (jobId, before) =>
      db
        .selectFrom('builds')
        .select(['builds.id', 'builds.number'])
        .where('job_id', '=', jobId)
        .where('number', '<', before)
        .where('status', 'in', ['succeeded', 'warning'])
        .where(hasReport)
        .orderBy('number', 'desc')
        .limit(1)
        .executeTakeFirst(),
  };
}

const hasReport = (builds: ExpressionBuilder<Schema, 'builds'>) =>
  builds.exists(
    builds.selectFrom('test_reports').select('test_reports.run').whereRef('test_reports.build_id', '=', 'builds.id'),
  );

const NO_INPUTS = digestOf(inputSetKey([]));

type NewestRuns = ReadonlyMap<BuildId, ReadonlyMap<string, number>>;

/** Of each build, the newest run of each step that reported. */
async function newestRuns(db: Db, builds: readonly BuildId[]): Promise<NewestRuns> {
  const runs = new Map<BuildId, Map<string, number>>();
  for (const portion of portions(builds)) {
    const rows = await db
      .selectFrom('test_reports')
      .select((eb) => ['build_id', 'step', eb.fn.max('run').as('run')])
      .where('build_id', 'in', portion)
      .groupBy(['build_id', 'step'])
      .execute();
    for (const { build_id, step, run } of rows) {
      runs.set(build_id, (runs.get(build_id) ?? new Map<string, number>()).set(step, run));
    }
  }
  return runs;
}

async function testCounts(db: Db, builds: readonly BuildId[]): Promise<ReadonlyMap<BuildId, TestCounts>> {
  const counts = new Map<BuildId, TestCounts>();
  const newest = await newestRuns(db, builds);
  for (const portion of portions([...newest.keys()])) {
    const rows = await db.selectFrom('test_reports').selectAll().where('build_id', 'in', portion).execute();
    for (const row of rows) {
      if (newest.get(row.build_id)?.get(row.step) !== row.run) continue;
      const sum = counts.get(row.build_id) ?? { passed: 0, failed: 0, errored: 0, skipped: 0, durationMs: 0 };
      counts.set(row.build_id, {
        passed: sum.passed + row.passed,
        failed: sum.failed + row.failed,
        errored: sum.errored + row.errored,
        skipped: sum.skipped + row.skipped,
        durationMs: sum.durationMs + row.duration_us / 1_000,
      });
    }
  }
  return counts;
}

/** The results of the newest run of each step; undefined when nothing was reported. */
async function newestResults(db: Db, buildId: BuildId, newest: NewestRuns) {
  const runs = newest.get(buildId);
  if (runs === undefined) return undefined;
  return db
    .selectFrom('test_results')
    .innerJoin('tests', 'tests.id', 'test_results.test_id')
    .where('test_results.build_id', '=', buildId)
    .where((eb) => eb.or([...runs].map(([step, run]) => eb.and({ step, run }))));
}

async function listTests(db: Db, buildId: BuildId, query: TestQuery): Promise<Page<TestResultRecord>> {
  const results = await newestResults(db, buildId, await newestRuns(db, [buildId]));
  if (results === undefined) return { items: [] };
  let rows = results.limit(query.limit + 1);
  if (query.status !== undefined) rows = rows.where('test_results.status', 'in', query.status);
  if (query.order === 'slowest') {
    rows = rows
      .where('test_results.duration_us', 'is not', null)
      .orderBy('test_results.duration_us', 'desc')
      .orderBy('test_results.position');
  } else {
    rows = rows.orderBy('test_results.position');
    if (query.after !== undefined) rows = rows.where('test_results.position', '>', cursorNumber(query.after));
  }
  const found = await rows
    .select([
      'test_results.position',
      'test_results.test_id',
      'test_results.step',
      'test_results.status',
      'test_results.duration_us',
      'test_results.message',
      'test_results.place',
      'test_results.flaky',
      'tests.suite',
      'tests.name',
    ])
    .execute();
  const shown = found.slice(0, query.limit);
  const last = shown.at(-1);
  const more = found.length > query.limit && query.order === 'reported' && last !== undefined;
  return {
    items: shown.map((row) => ({
      id: row.test_id,
      suite: row.suite,
      name: row.name,
      step: row.step,
      status: row.status,
      ...(row.duration_us !== null && { durationMs: row.duration_us / 1_000 }),
      ...(row.message !== null && { message: row.message }),
      ...(row.place !== null && { place: row.place }),
      flaky: row.flaky === 1,
    })),
    ...(more && { next: String(last.position) }),
  };
}

async function testRuns(db: Db, builds: readonly BuildId[], tests: readonly TestId[]): Promise<readonly TestRun[]> {
  if (builds.length === 0) return [];
  const newest = await newestRuns(db, builds);
  const runs: TestRun[] = [];
  for (const portion of portions(tests)) {
    const rows = await db
      .selectFrom('test_results')
      .innerJoin('builds', 'builds.id', 'test_results.build_id')
      .select([
        'test_results.test_id',
        'test_results.build_id',
        'test_results.step',
        'test_results.run',
        'test_results.status',
        'test_results.duration_us',
        'test_results.message',
        'test_results.flaky',
        'builds.number',
        'builds.input_set',
        'builds.plan_digest',
      ])
      .where('test_results.test_id', 'in', portion)
      .where('test_results.build_id', 'in', builds)
      .execute();
    for (const row of rows) {
      if (newest.get(row.build_id)?.get(row.step) !== row.run) continue;
      runs.push({
        id: row.test_id,
        buildId: row.build_id,
        number: row.number,
        status: row.status,
        ...(row.duration_us !== null && { durationMs: row.duration_us / 1_000 }),
        ...(row.message !== null && { message: row.message }),
        flaky: row.flaky === 1,
        ...(row.input_set !== NO_INPUTS && { basis: `${row.input_set} ${row.plan_digest}` }),
      });
    }
  }
  return runs.sort((a, b) => b.number - a.number);
}
