/** Signing in elsewhere, in a real browser: GitHub as emulate plays it, a provider added on the page, a terminal signed in. */

import { expect } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { source as axe } from 'axe-core';
import { createEmulator } from 'emulate';
import type { Page } from 'playwright-core';
import { startBrowser } from '../servers/browser.ts';
import { freePort } from '../servers/free-port.ts';
import { pikociPlace } from '../servers/pikoci.ts';
import { journey, WAIT } from './signed-in.ts';

const PROVIDERS = `providers = {
  github = {
    kind               = "github"
    url                = "GITHUB"
    api_url            = "GITHUB"
    client_id          = "Iv1.pikoci"
    client_secret_file = "secret"
    rules              = [{ group = "acme", team = "main", role = "write" }]
  }
}`;

/** What axe finds that is serious. `open`: what is to be seen then. */
async function barriers(page: Page, open?: () => Promise<void>): Promise<readonly string[]> {
  const inspector = await page.context().newCDPSession(page);
  await inspector.send('Page.setBypassCSP', { enabled: true });
  await page.reload();
  await page.getByRole('button').first().waitFor(WAIT);
  await open?.();
  await page.evaluate(axe);
  const found = await page.evaluate(
    'axe.run(document).then(({ violations }) => violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => id + ": " + nodes[0].html))',
  );
  await inspector.send('Page.setBypassCSP', { enabled: false });
  return found as string[];
}

journey(
  'somebody continues with GitHub, links, signs a terminal in; an administrator adds and checks providers',
  async () => {
    await using place = pikociPlace();
    const port = await freePort();
    const github = await createEmulator({
      service: 'github',
      port: await freePort(),
      seed: {
        github: {
          users: [{ login: 'octocat', name: 'The Octocat', email: 'octocat@example.com' }],
          orgs: [{ login: 'acme', members: [{ login: 'octocat' }] }],
          oauth_apps: [
            {
              ...{ client_id: 'Iv1.pikoci', client_secret: 'the right one', name: 'pikoci' },
              redirect_uris: [`http://127.0.0.1:${port}/auth/callback/github`],
            },
          ],
        },
      },
    });
    writeFileSync(join(place.path, 'secret'), 'the right one\n');
    writeFileSync(join(place.path, 'providers.hcl'), PROVIDERS.replaceAll('GITHUB', github.url));
    const server = await place.startServer(
      '--port',
      String(port),
      '--db-system',
      'mem',
      '--providers',
      'providers.hcl',
    );
    await using browser = await startBrowser();

    const { page, screenshot } = await browser.open();
    // Where people may open it by another name than its own, they end at its own.
    await page.goto(`${server.url.replace('127.0.0.1', 'localhost')}/sign-in?next=/profile`);
    await page.getByRole('button', { name: 'Continue with GitHub' }).waitFor(WAIT);
    await screenshot('sign-in');
    expect(await barriers(page)).toEqual([]);
    await page.getByLabel('Repositories it may see').selectOption('public');
    await page.getByRole('button', { name: 'Continue with GitHub' }).click();
    await page.getByRole('button', { name: /octocat/ }).click(WAIT);
    await page.getByRole('heading', { name: 'octocat' }).waitFor(WAIT);
    expect(page.url()).toBe(`${server.url}/profile`);
    await page.getByText('write in main').waitFor(WAIT);
    await page.getByText('admin:repo_hook, repo:status').waitFor(WAIT);
    await screenshot('profile');

    expect(await barriers(page)).toEqual([]);
    const login = place.start(['login', '--url', server.url]);
    const [address = ''] = await login.waitForOutput(/http:\S+code=[A-Z-]+/);
    await page.goto(address);
    await page.getByText('to do what octocat may').waitFor(WAIT);
    await screenshot('sign-in-terminal');
    await page.getByRole('button', { name: 'Sign it in as octocat' }).click();
    await page.getByText('The terminal is signed in as octocat').waitFor(WAIT);
    expect(await login.exited).toBe(0);
    expect(login.output()).toContain('as octocat');

    const administrator = await browser.open({ colorScheme: 'dark' });
    const admin = administrator.page;
    await admin.goto(server.signInUrl ?? '');
    await admin.getByRole('link', { name: 'Signing in: providers' }).click(WAIT);
    await admin.getByText('write in main to acme').waitFor(WAIT);
    await admin.getByRole('button', { name: 'Check' }).click();
    await admin.getByText('takes the client id and secret').waitFor(WAIT);
    await administrator.screenshot('providers-dark');
    await admin.getByRole('button', { name: 'Add a provider' }).click();
    await admin.getByLabel('Kind').selectOption('oidc');
    await admin.getByLabel('Name, in addresses').fill('corp');
    await admin.getByLabel('Issuer').fill('http://127.0.0.1:1');
    await admin.getByLabel('Client id').fill('pikoci');
    await admin.getByRole('button', { name: 'Add a rule' }).click();
    await admin.getByLabel('Group', { exact: true }).fill('builders');
    await administrator.screenshot('provider-form-dark', { fullPage: true });
    await admin.getByRole('button', { name: 'Save' }).click();
    await admin.getByText('nothing listens').waitFor(WAIT);
    expect(await barriers(admin, () => admin.getByRole('button', { name: 'Change' }).first().click(WAIT))).toEqual([]);
    await page.goto(`${server.url}/sign-in`);
    await page.getByRole('button', { name: 'Continue with 127.0.0.1:1' }).click(WAIT);
    await page.getByText('cannot be asked who you are').waitFor(WAIT);
    await screenshot('sign-in-trouble');
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${server.url}/profile`);
    await page.getByRole('heading', { name: 'octocat' }).waitFor(WAIT);
    await screenshot('profile-phone');
    await github.close();
  },
  120_000,
);
