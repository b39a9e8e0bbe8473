/** Why a job does not run, what a build waits for, and versions that are pinned and disabled: as the pages say it, and with their buttons. */
import { cpSync } from 'node:fs';
import { resolve } from 'node:path';
import { endedBuild } from '../e2e/builds.ts';
import { browserAvailability, startBrowser } from '../servers/browser.ts';
import { pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';

const journey = testWith({ chromium: browserAvailability(), executable: pikociAvailability() });
const EXAMPLES = resolve(import.meta.dirname, '../../examples');
const VIEWPORT = { viewport: { width: 1440, height: 900 } };
const WAIT = { timeout: 30_000 };
const P = '/teams/main/pipelines/pipeline';

journey(
  'a version is pinned and disabled on the page of its resource, and the job says what keeps it from the newest',
  async () => {
    await using place = pikociPlace();
    cpSync(`${EXAMPLES}/pins`, place.path, { recursive: true });
    const server = await place.startServer('--db-system', 'mem', '--pipeline-config', 'pipeline.hcl');
    await endedBuild(server, 'pipeline', 'deploy', 1);
    await using browser = await startBrowser();
    const { page, screenshot } = await browser.open(VIEWPORT);
    await page.goto(server.signInUrl ?? '');

    await page.goto(`${server.url}${P}/resources/releases.app`);
    const row = (tag: string) => page.getByRole('row', { name: new RegExp(tag) });
    await row('v3')
      .getByRole('button', { name: /^Disable/ })
      .click(WAIT);
    await row('v3').getByText('disabled by').waitFor(WAIT);
    await row('v2').getByRole('button', { name: /^Pin/ }).click();
    await page.getByText('pinned to v2').waitFor(WAIT);
    await screenshot('resource-pinned');

    await page.goto(`${server.url}${P}/jobs/deploy`);
    await server.cli('jobs', 'pause', 'deploy', '-p', 'pipeline', '--reason', 'the shop is busy');
    await page.getByText('the job is paused by admin').waitFor(WAIT);
    await page.getByText('the shop is busy').waitFor(WAIT);
    await screenshot('job-held');
    await page.getByRole('button', { name: 'Resume' }).first().click();
    await page.getByText('the job is paused by admin').waitFor({ ...WAIT, state: 'detached' });

    // Another version for one build, although v2 is pinned.
    await page.getByText('Start with other versions').click();
    await page.getByLabel('releases.app').selectOption({ label: 'v1' }, WAIT);
    await screenshot('job-trigger-with');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.waitForURL(/builds\/2$/, WAIT);
    await page.getByText('deploying v1').first().waitFor(WAIT);

    await page.goto(`${server.url}${P}/resources/releases.app`);
    await page.getByRole('button', { name: 'Unpin' }).first().click(WAIT);
    await page.getByText('pinned to v2').waitFor({ ...WAIT, state: 'detached' });
    await row('v3').getByRole('button', { name: 'Enable' }).click();
    await row('v3')
      .getByText('disabled by')
      .waitFor({ ...WAIT, state: 'detached' });
  },
  120_000,
);

journey(
  'a build that waits says for what, with a link, and goes on before one’s eyes',
  async () => {
    await using place = pikociPlace();
    cpSync(`${EXAMPLES}/serial-groups`, place.path, { recursive: true });
    const server = await place.startServer('--db-system', 'mem', '--pipeline-config', 'pipeline.hcl');
    await using browser = await startBrowser();
    const { page, screenshot } = await browser.open({ ...VIEWPORT, colorScheme: 'dark' });
    await page.goto(server.signInUrl ?? '');
    await server.cli('jobs', 'trigger', 'load', '-p', 'pipeline');
    await server.cli('jobs', 'trigger', 'reset', '-p', 'pipeline');
    await page.goto(`${server.url}${P}/jobs/reset/builds/1`);
    await page.getByText('Waiting for: build 1 of load to end (serial group machine)').waitFor(WAIT);
    await page.getByRole('link', { name: 'load #1' }).waitFor(WAIT);
    await screenshot('build-waits');
    await page.getByText('Waiting for:').waitFor({ ...WAIT, state: 'detached' });
    await endedBuild(server, 'pipeline', 'reset', 1);
  },
  120_000,
);
