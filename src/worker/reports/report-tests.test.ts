import { afterEach, expect, test } from 'bun:test';
import { createMasks } from '../secrets/masks.ts';
import { freshDirs } from '../testing/fresh-dirs.ts';
import { grantOf, plan, task } from '../testing/plans.ts';
import { type Run, start } from '../testing/run-plan.ts';

const { removeAll } = freshDirs('reports');
afterEach(removeAll);

const JUNIT = { reports: { junit: ['out/**/*.xml'] } };

const tests = (run: Run) =>
  run.events.flatMap((event) =>
    event.kind === 'tests' ? event.cases.map((found) => ({ ...found, try: event.try })) : [],
  );

/** Writes a report with `cat`. */
const report = (file: string, ...cases: readonly string[]): string =>
  `mkdir -p "$(dirname ${file})"; cat > ${file} <<'XML'\n<testsuite name="s">${cases.join('')}</testsuite>\nXML\n`;

test('what the reports of a task say is told before its end, however it ended', async () => {
  const script = `${report('out/a.xml', '<testcase name="good"/>', '<testcase name="bad"><failure message="no"/></testcase>')}
${report('out/deep/b.xml', '<testcase name="good"/>', '<testcase name="good"/>')}
touch out/readme.txt; exit 1`;
  await using run = start(grantOf(plan([task('1', script, JUNIT)])));
  expect((await run.done).outcome).toBe('failed');
  expect(tests(run)).toEqual([
    { suite: 's', name: 'good', status: 'passed', try: 1 },
    { suite: 's', name: 'bad', status: 'failed', message: 'no', try: 1 },
    { suite: 's', name: 'good #2', status: 'passed', try: 1 },
    { suite: 's', name: 'good #3', status: 'passed', try: 1 },
  ]);
  expect(run.log('1')).toBe('tests: 3 passed, 1 failed\n');
  const kinds = run.events.map((event) => event.kind);
  expect(kinds.indexOf('tests')).toBeLessThan(kinds.indexOf('step_ended'));
});

test('secrets in a report are masked', async () => {
  const masks = createMasks();
  masks.add('s3cret-t0ken');
  const script = report(
    'out/a.xml',
    '<testcase name="logs in as s3cret-t0ken" file="s3cret-t0ken.ts"><failure>got s3cret-t0ken</failure></testcase>',
  );
  await using run = start(grantOf(plan([task('1', script, JUNIT)])), { masks });
  await run.done;
  expect(tests(run)).toEqual([
    { suite: 's', name: 'logs in as ***', status: 'failed', message: 'got ***', place: '***.ts', try: 1 },
  ]);
});

test('a report that is broken, or not there, is said in the log and changes nothing else', async () => {
  const script = `${report('out/a.xml', '<testcase name="good"/>')}
printf '<testsuite><testcase name="kept"/><testcase' > out/b.xml
: > out/c.xml
printf '\\377\\376' > out/d.xml
ln -s /etc/passwd out/e.xml
mkdir out/f.xml`;
  const patterns = ['./out/*.xml', 'none/*.xml', 'out/a.xml'];
  await using run = start(grantOf(plan([task('1', script, { reports: { junit: patterns } })])));
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('1').split('\n')).toEqual([
    'warning: reports: no file matches "none/*.xml" in the build\'s directory',
    'warning: reports: out/b.xml: line 1: unclosed root tag; only the first 1 tests in it could be read',
    'warning: reports: out/c.xml: it is empty; nothing in it could be read',
    'warning: reports: out/d.xml: it is empty; nothing in it could be read',
    'tests: 2 passed',
    '',
  ]);
  expect(tests(run).map(({ name }) => name)).toEqual(['good', 'kept']);
});

test('a task that takes too long has its reports read all the same', async () => {
  const script = `${report('out/a.xml', '<testcase name="first"/>')}touch written; sleep 60`;
  await using run = start(grantOf(plan([task('1', script, { ...JUNIT, timeoutMs: 500 })])));
  expect((await run.done).outcome).toBe('failed');
  expect(tests(run).map(({ name }) => name)).toEqual(['first']);
});

test('each try of a step reports for itself', async () => {
  const script = `test -e second && { ${report('out/a.xml', '<testcase name="t"/>')}exit 0
}
touch second
${report('out/a.xml', '<testcase name="t"><error/></testcase>')}exit 1`;
  const attempts = { count: 2, on: ['failure' as const], delayMs: 0 };
  await using run = start(grantOf(plan([task('1', script, { ...JUNIT, attempts })])));
  expect((await run.done).outcome).toBe('succeeded');
  expect(tests(run).map((found) => [found.try, found.status])).toEqual([
    [1, 'errored'],
    [2, 'passed'],
  ]);
});

test('a report of 60,000 tests and 30 MB is read in pieces; what is too much is said', async () => {
  const script = `mkdir out; { echo '<testsuite name="s">'; yes '<testcase name="t" time="0.1"><system-out>${'x'.repeat(450)}</system-out></testcase>' | head -n 60000; echo '</testsuite>'; } > out/a.xml`;
  await using run = start(grantOf(plan([task('1', script, JUNIT)])));
  expect((await run.done).outcome).toBe('succeeded');
  expect(tests(run)).toHaveLength(50_000);
  expect(run.log('1')).toContain('warning: reports: of 60000 tests only the first 50000 are kept');
  expect(run.events.filter((event) => event.kind === 'tests').every((event) => event.cases.length <= 200)).toBe(true);
});

test('PIKOCI_SUMMARY is told, masked, and cut when it is long', async () => {
  const masks = createMasks();
  masks.add('s3cret-t0ken');
  const script = `echo '# Done with s3cret-t0ken' > "$PIKOCI_SUMMARY"; echo more >> "$PIKOCI_SUMMARY"; exit 3`;
  await using run = start(grantOf(plan([task('1', script)])), { masks });
  await run.done;
  expect(run.events.filter((event) => event.kind === 'summary')).toMatchObject([
    { step: '1', try: 1, text: '# Done with ***\nmore\n' },
  ]);
  await using long = start(grantOf(plan([task('1', 'yes é | head -c 300000 > "$PIKOCI_SUMMARY"')])));
  await long.done;
  const [told] = long.events.filter((event) => event.kind === 'summary');
  expect(told?.text).toEndWith('(of 300000 bytes the first 131072 are shown)\n');
  expect(told?.text).not.toContain('�');
});
