/** What tests and summaries of a build look like, against the built executable: what is new, what is flaky, and how a test went before. */
import { expect } from 'bun:test';
import { trigger } from '../e2e/build-detail.ts';
import { endedBuild } from '../e2e/builds.ts';
import { journey, servedPlace, signIn, WAIT } from './signed-in.ts';

/** From build 2 on a test fails; another fails in every first try. */
const PIPELINE = `
job "test" {
  task "unit" {
    attempts = 2
    run "shell" { cmd = "\${file("test.sh")}" }
    reports { junit = ["results/**/*.xml"] }
  }
}
`;
const SCRIPT = `mkdir -p results/unit
{
  echo '<testsuite name="calc"><testcase name="adds" time="0.01"/>'
  [ -e again ] && echo '<testcase name="shaky"/>' || echo '<testcase name="shaky"><failure message="timed out"/></testcase>'
  [ "$BUILD_NUMBER" = 1 ] && echo '<testcase name="divides"/>' || echo '<testcase name="divides" file="calc.ts" line="7"><failure message="by zero"/></testcase>'
  echo '</testsuite>'
} > results/unit/a.xml
printf '# Coverage\\n\\n**97 %%** <script>document.title = "hacked"</script>\\n' > "$PIKOCI_SUMMARY"
[ "$BUILD_NUMBER" = 1 ] && [ -e again ] && exit 0
touch again
exit 1
`;

journey(
  'tests and a summary of a build: what is new, what is flaky, and how it went before',
  async () => {
    await using served = await servedPlace((place) => {
      place.write('pipeline.hcl', PIPELINE);
      place.write('test.sh', SCRIPT);
    });
    const { server } = served;
    await trigger(server, 'test');
    await endedBuild(server, 'pipeline', 'test', 1);
    await trigger(server, 'test');
    await endedBuild(server, 'pipeline', 'test', 2);

    const told = await server.cli('builds', 'tests', '-p', 'pipeline', '-j', 'test');
    expect(told.stdout).toContain('2 passed, 1 failed');
    expect(told.stdout).toContain('1 new since build 1');
    expect(told.stdout).toContain('✗ calc › divides  new\n  calc.ts:7\n  by zero\n');
    const slowest = await server.json(
      ...['builds', 'tests', '1', '-p', 'pipeline', '-j', 'test', '--slowest', '-n', '1', '--json'],
    );
    expect(slowest).toMatchObject({ flaky: 1, newFailures: 0, items: [{ name: 'adds', durationMs: 10 }] });

    await using signedIn = await signIn(server);
    const { page, screenshot } = signedIn.tab;
    await page.goto(`${server.url}/teams/main/pipelines/pipeline/jobs/test/builds/2`);
    const tests = page.getByRole('region', { name: 'Tests' });
    await tests.getByText('1 new since #1').waitFor(WAIT);
    await tests.getByRole('button', { name: /divides/ }).click();
    await tests.getByText('by zero').waitFor(WAIT);
    await tests.getByRole('link', { name: '#1 passed' }).waitFor(WAIT);
    await tests.getByRole('button', { name: 'All' }).click();
    await tests.getByRole('button', { name: /shaky.*flaky/ }).waitFor(WAIT);
    const summary = page.getByRole('region', { name: 'Summary of unit' });
    await summary.getByRole('heading', { name: 'Coverage' }).waitFor(WAIT);
    expect(await summary.textContent()).toContain('97 % <script>');
    expect(await page.title()).not.toContain('hacked');
    await screenshot('test-results');
    await server.stop();
  },
  90_000,
);
