/** A job that asks for inputs and an approval, from its form to the end of its build, in a browser against the built executable. */
import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { source as axe } from 'axe-core';
import type { Page } from 'playwright-core';
import type { TestPage } from '../servers/browser.ts';
import type { RunningServer } from '../servers/pikoci.ts';
import { isHere, journey, type ServedPlace, type SignedIn, servedPlace, signIn, WAIT } from './signed-in.ts';

const PIPELINE = `
job "deploy" {
  inputs {
    version {
      description = "What to deploy"
      required    = true
    }
    target {
      options = ["staging", "production"]
      default = "staging"
    }
    dry_run { default = false }
    hosts { type = list(string) }
    token { sensitive = true }
  }
  approve "release" {
    message = "Has the release been announced?"
  }
  task "ship" {
    env = { TOKEN = input.token }
    run "shell" { cmd = "echo shipping $INPUT_VERSION to $INPUT_TARGET with $TOKEN on $INPUT_HOSTS" }
  }
}
`;
const JOB = '/teams/main/pipelines/pipeline/jobs/deploy';

describe('inputs and approvals in the browser', () => {
  let served: ServedPlace | undefined;
  let signedIn: SignedIn | undefined;
  let server: RunningServer;
  let tab: TestPage;
  let page: Page;

  beforeAll(async () => {
    if (!isHere) return;
    served = await servedPlace((place) => place.write('pipeline.hcl', PIPELINE));
    server = served.server;
    signedIn = await signIn(server, { viewport: { width: 1280, height: 900 } });
    tab = signedIn.tab;
    page = tab.page;
  }, 60_000);
  afterAll(async () => {
    await signedIn?.[Symbol.asyncDispose]();
    await served?.[Symbol.asyncDispose]();
  }, 60_000);

  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const dialog = () => page.getByRole('dialog');

  async function isAccessible(): Promise<void> {
    await page.evaluate(axe);
    const found = await page.evaluate('axe.run(document).then((result) => result.violations.map((one) => one.id))');
    expect(found).toEqual([]);
  }

  journey('the form asks for what the job takes, and says what is not right', async () => {
    await page.goto(server.url + JOB);
    await button('Trigger').click();
    await dialog().getByLabel('version').waitFor(WAIT);
    await isAccessible();
    await tab.screenshot('trigger-form');
    // Without what is required nothing is sent.
    await button('Start build').click();
    expect(
      await dialog()
        .getByLabel('version')
        .evaluate((field: HTMLInputElement) => field.validity.valueMissing),
    ).toBe(true);
    await dialog().getByLabel('version').fill('x'.repeat(70_000));
    await button('Start build').click();
    await dialog().getByRole('alert').getByText('has 70000 bytes').waitFor(WAIT);
    await dialog().getByLabel('version').fill('1.2.3');
    await dialog().getByLabel('target').selectOption('production');
    await dialog().getByLabel('hosts').fill('a\nb');
    await dialog().getByLabel('token').fill('hunter2-secret');
    await button('Start build').click();
    await page.waitForURL(`${server.url}${JOB}/builds/1`, WAIT);
  });

  journey('the build shows what it was given and who has to agree; approving runs it', async () => {
    const gate = page.getByRole('region', { name: 'Approvals' });
    await gate.getByText('Has the release been announced?').waitFor(WAIT);
    await page.getByText('production').waitFor(WAIT);
    expect(await page.content()).not.toContain('hunter2');
    await isAccessible();
    await tab.screenshot('approval');
    await page.emulateMedia({ colorScheme: 'dark' });
    await tab.screenshot('approval-dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await gate.getByLabel('Why, for release').fill('announced this morning');
    await gate.getByRole('button', { name: 'Approve' }).click();
    await gate.getByText('approved by').waitFor(WAIT);
    await gate.getByText('announced this morning').waitFor(WAIT);
    await page.getByText('shipping 1.2.3 to production with *** on ["a","b"]').waitFor(WAIT);
    expect(await gate.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    await tab.screenshot('approved');
  });

  journey('a retry asks again, and the front page says that somebody is needed; a rejection says why', async () => {
    await button('Retry').click();
    await page.waitForURL(`${server.url}${JOB}/builds/2`, WAIT);
    await page.getByRole('button', { name: 'Reject' }).waitFor(WAIT);
    await page.goto(server.url);
    await page.getByText('waits for approval').first().click();
    await page.waitForURL(`${server.url}${JOB}/builds/2`, WAIT);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByLabel('Why, for release').fill('not on a Friday');
    await tab.screenshot('approval-phone');
    await page.getByRole('button', { name: 'Reject' }).click();
    await page.getByText('rejected by').first().waitFor(WAIT);
    await page.getByText('not on a Friday').first().waitFor(WAIT);
    // The form was refused once; axe tries a script of its own.
    const expected = /422|script-src/;
    expect(tab.problems.filter((problem) => !expected.test(problem))).toEqual([]);
  });
});
