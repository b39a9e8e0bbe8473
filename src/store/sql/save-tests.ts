/** Results of tests as they come in: within the transaction that stores the events around them. */
import { type BuildId, type JobId, newId, type TestId } from '../../lib/ids.ts';
import type { TestCase } from '../../protocol/tests.ts';
import { flag, portions } from './context.ts';
import { digestOf } from './json-column.ts';
import type { Db } from './schema.ts';

export interface ReportedTests {
  readonly buildId: BuildId;
  readonly jobId: JobId;
  readonly step: string;
  readonly attempt: number;
  readonly try: number;
  readonly cases: readonly TestCase[];
}

/** Tries of one attempt, at most: then a later attempt is always the newer run. */
const TRIES = 1_000;

const LONGEST_MS = 1_000_000_000;

/** Rows of one statement: databases limit how many values it may have. */
const ROWS = 50;

export async function saveTests(trx: Db, reported: ReportedTests): Promise<void> {
  const { buildId, step, cases } = reported;
  const run = reported.attempt * TRIES + Math.min(reported.try, TRIES - 1);
  const ids = await testIds(trx, reported.jobId, cases);
  const first = await addToReport(trx, { buildId, step, run }, cases);
  const shaky = await otherwiseBefore(trx, { buildId, step, run }, ids);
  const rows = cases.map((test, index) => {
    const id = ids[index] as TestId;
    const isShaky = shaky.get(id)?.has(isFailure(test.status)) === true;
    return {
      build_id: buildId,
      position: first + index,
      test_id: id,
      step,
      run,
      status: test.status,
      duration_us: test.durationMs === undefined ? null : microseconds(test.durationMs),
      message: test.message ?? null,
      place: test.place ?? null,
      flaky: flag(test.flaky === true || isShaky),
    };
  });
  for (const portion of portions(rows, ROWS))
    await trx
      .insertInto('test_results')
      .values([...portion])
      .execute();
}

/** A report may say anything; what no column can hold would keep all that its build tells from being stored. */
const microseconds = (ms: number): number => Math.round(Math.min(ms, LONGEST_MS) * 1_000);

const isFailure = (status: TestCase['status']): boolean => status === 'failed' || status === 'errored';

/** In the order of the cases; those of a test the job has not had yet are made. */
async function testIds(trx: Db, jobId: JobId, cases: readonly TestCase[]): Promise<readonly TestId[]> {
  const digests = cases.map(({ suite, name }) => digestOf(JSON.stringify([suite, name])));
  const known = new Map<string, TestId>();
  for (const portion of portions([...new Set(digests)])) {
    const rows = await trx
      .selectFrom('tests')
      .select(['id', 'digest'])
      .where('job_id', '=', jobId)
      .where('digest', 'in', portion)
      .execute();
    for (const row of rows) known.set(row.digest, row.id);
  }
  const fresh = cases.flatMap(({ suite, name }, index) => {
    const digest = digests[index] ?? '';
    if (known.has(digest)) return [];
    const id = newId<TestId>();
    known.set(digest, id);
    return [{ id, job_id: jobId, digest, suite, name }];
  });
  for (const portion of portions(fresh, ROWS))
    await trx
      .insertInto('tests')
      .values([...portion])
      .execute();
  return digests.map((digest) => known.get(digest) as TestId);
}

/** Adds to the sums; gives the position of the first of these cases in the build. */
async function addToReport(
  trx: Db,
  of: { readonly buildId: BuildId; readonly step: string; readonly run: number },
  cases: readonly TestCase[],
): Promise<number> {
  const sums = { passed: 0, failed: 0, errored: 0, skipped: 0, duration_us: 0 };
  for (const { status, durationMs } of cases) {
    sums[status] += 1;
    sums.duration_us += microseconds(durationMs ?? 0);
  }
  const reports = await trx.selectFrom('test_reports').selectAll().where('build_id', '=', of.buildId).execute();
  const before = reports.find((report) => report.step === of.step && report.run === of.run);
  if (before === undefined) {
    await trx
      .insertInto('test_reports')
      .values({ build_id: of.buildId, step: of.step, run: of.run, ...sums })
      .execute();
  } else {
    await trx
      .updateTable('test_reports')
      .set({
        passed: before.passed + sums.passed,
        failed: before.failed + sums.failed,
        errored: before.errored + sums.errored,
        skipped: before.skipped + sums.skipped,
        duration_us: before.duration_us + sums.duration_us,
      })
      .where('build_id', '=', of.buildId)
      .where('step', '=', of.step)
      .where('run', '=', of.run)
      .execute();
  }
  return reports.reduce((sum, { passed, failed, errored, skipped }) => sum + passed + failed + errored + skipped, 0);
}

/** Of the tests that an earlier run of the same step had: for each, which of "it failed" would be other than then. */
async function otherwiseBefore(
  trx: Db,
  of: { readonly buildId: BuildId; readonly step: string; readonly run: number },
  ids: readonly TestId[],
): Promise<ReadonlyMap<TestId, ReadonlySet<boolean>>> {
  const before = new Map<TestId, Set<boolean>>();
  const earlier = await trx
    .selectFrom('test_reports')
    .select('run')
    .where('build_id', '=', of.buildId)
    .where('step', '=', of.step)
    .where('run', '<', of.run)
    .executeTakeFirst();
  if (earlier === undefined) return before;
  for (const portion of portions([...new Set(ids)])) {
    const rows = await trx
      .selectFrom('test_results')
      .select(['test_id', 'status'])
      .where('build_id', '=', of.buildId)
      .where('step', '=', of.step)
      .where('run', '<', of.run)
      .where('test_id', 'in', portion)
      .where('status', '!=', 'skipped')
      .execute();
    for (const row of rows) {
      const others = before.get(row.test_id) ?? new Set<boolean>();
      before.set(row.test_id, others.add(!isFailure(row.status)));
    }
  }
  return before;
}
