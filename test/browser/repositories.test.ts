/** The page of repositories: sign in with a forge, search, activate, see what a push brings, replay it, deactivate. */

import { expect } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBrowser } from '../servers/browser.ts';
import { pikociPlace } from '../servers/pikoci.ts';
import { smallGithubProvider, startSmallGithub } from '../servers/small-github.ts';
import { journey, signIn, WAIT } from './signed-in.ts';

const NAMES = ['ada/app', 'ada/website', 'acme/api', 'acme/api-client', 'acme/infrastructure'];

journey(
  'somebody signs in with GitHub, activates a repository, sees what a push brought, and switches it off again',
  async () => {
    await using github = startSmallGithub(NAMES);
    await using place = pikociPlace();
    writeFileSync(join(place.path, 'providers.json'), smallGithubProvider(github.url));
    writeFileSync(join(place.path, 'github-secret'), 'secret');
    const server = await place.startServer(
      '--db-system',
      'mem',
      '--providers',
      'providers.json',
      '--run-worker',
      'false',
    );

    await using browser = await startBrowser();
    const { page, screenshot } = await browser.open({ viewport: { width: 1440, height: 900 } });
    await page.goto(`${server.url}/auth/start/github?access=all&next=/repositories`);
    const row = (name: string) => page.getByRole('row', { name: new RegExp(`^${name}`) });
    await row('ada/app').waitFor(WAIT);
    // Who may set up nothing is told what is missing.
    await page.getByText('needs the role maintain').waitFor(WAIT);
    await server.cli('teams', 'grant', 'main', 'ada', 'maintain');
    await page.reload();
    await row('acme/infrastructure').getByRole('button', { name: 'Activate' }).waitFor(WAIT);
    await screenshot('repositories-offered');

    await page.keyboard.press('/');
    await page.keyboard.type('api acme');
    await row('ada/app').waitFor({ state: 'detached', ...WAIT });
    await row('acme/api-client').waitFor(WAIT);
    await page.getByRole('searchbox').fill('nothing like it');
    await page.getByText('No repository found').waitFor(WAIT);
    await page.getByRole('searchbox').fill('');

    await row('ada/app').getByRole('button', { name: 'Activate' }).click(WAIT);
    await page.getByRole('heading', { name: 'ada/app' }).waitFor(WAIT);
    await page.getByText('Nothing came yet').waitFor(WAIT);
    expect(github.hooks.get('ada/app')?.url).toStartWith(`${server.url}/webhooks/`);
    await screenshot('repository-new');
    expect((await fetch(github.push('ada/app', 'a'.repeat(40), { delivery: '4f1b0c2a-1' }))).status).toBe(202);
    const delivery = page.getByRole('row', { name: /^push/ });
    await delivery.waitFor(WAIT);
    await page
      .getByText('done', { exact: true })
      .first()
      .waitFor({ state: 'attached', ...WAIT });
    await delivery.getByRole('button', { name: '4f1b0c2a' }).click(WAIT);
    await page.getByText('"refs/heads/main"').waitFor(WAIT);
    await delivery
      .first()
      .getByRole('button', { name: /^Replay/ })
      .click(WAIT);
    await page.getByText('replayed by ada').waitFor(WAIT);
    await screenshot('repository');

    await page.getByRole('link', { name: 'Repositories' }).click(WAIT);
    await page.getByRole('heading', { name: 'Activated', exact: true }).waitFor(WAIT);
    await page.emulateMedia({ colorScheme: 'dark' });
    await screenshot('repositories-dark');
    await page.setViewportSize({ width: 390, height: 844 });
    await screenshot('repositories-phone-dark');
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });

    await page.getByRole('link', { name: 'ada/app' }).first().click(WAIT);
    await page.getByRole('button', { name: 'Check the webhook' }).click(WAIT);
    await page.getByText('the webhook is right').waitFor(WAIT);
    await page.getByRole('button', { name: 'Deactivate' }).click(WAIT);
    await page.getByRole('button', { name: 'Deactivate' }).click(WAIT);
    await row('ada/app').getByRole('button', { name: 'Activate' }).waitFor(WAIT);
  },
  120_000,
);

journey(
  'where no forge is set up, the page says how',
  async () => {
    await using place = pikociPlace();
    const server = await place.startServer('--db-system', 'mem', '--run-worker', 'false');
    await using signedIn = await signIn(server);
    const { page, screenshot } = signedIn.tab;
    await page.getByRole('link', { name: 'Repositories' }).click(WAIT);
    await page.getByText('No forge yet').waitFor(WAIT);
    await page.getByText('client_secret_file').waitFor(WAIT);
    await screenshot('repositories-none');
  },
  60_000,
);
