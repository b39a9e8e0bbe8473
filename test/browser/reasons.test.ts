/** Why a job does not run, what a build waits for, and versions that are pinned and disabled: as the pages say it, and with their buttons. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { endedBuild } from '../e2e/builds.ts';
import { EXAMPLES } from '../servers/example.ts';
import type { PikociPlace } from '../servers/pikoci.ts';
import { journey, servedPlace, signIn, WAIT } from './signed-in.ts';

const example = (name: string) => (place: PikociPlace) => cpSync(join(EXAMPLES, name), place.path, { recursive: true });
const P = '/teams/main/pipelines/pipeline';

journey(
  'a version is pinned and disabled on the page of its resource, and the job says what keeps it from the newest',
  async () => {
    await using served = await servedPlace(example('pins'));
    const { server } = served;
    await endedBuild(server, 'pipeline', 'deploy', 1);
    await using signedIn = await signIn(server);
    const { page, screenshot } = signedIn.tab;

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
    await using served = await servedPlace(example('serial-groups'));
    const { server } = served;
    await using signedIn = await signIn(server, { colorScheme: 'dark' });
    const { page, screenshot } = signedIn.tab;
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
