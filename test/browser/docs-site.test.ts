/** The documentation, as the executable serves it: to anyone, without signing in. */
import { expect } from 'bun:test';
import { startBrowser } from '../servers/browser.ts';
import { journey, servedPlace, WAIT } from './signed-in.ts';

journey('documentation: contents, search, links, on a screen and on a phone', async () => {
  await using served = await servedPlace((place) => place.write('pipeline.hcl', 'job "a" {\n}\n'));
  const { url } = served.server;
  await using browser = await startBrowser();
  const tab = await browser.open();
  const { page, screenshot } = tab;
  await page.goto(`${url}/docs`);
  await page.getByRole('navigation', { name: 'Contents' }).getByRole('link', { name: 'Secrets', exact: true }).click();
  await page.getByRole('heading', { level: 1 }).waitFor(WAIT);
  expect(page.url()).toBe(`${url}/docs/secrets`);

  await page.keyboard.press('/');
  await page.keyboard.type('restore_keys');
  const found = page.getByRole('option').first();
  await found.waitFor(WAIT);
  await screenshot('docs-search');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/docs\/caches/, WAIT);
  await screenshot('docs-page');

  await page.goto(`${url}/docs/commands`);
  expect(await page.locator('#pikoci-server ~ .wide').first().textContent()).toContain('--pubsub-system');
  await page.goto(`${url}/docs/blocks`);
  await page.getByText('At the top of a pipeline').first().waitFor(WAIT);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto(`${url}/docs/pipelines#jobs`);
  await screenshot('docs-dark');

  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${url}/docs/workers`);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.getByText('Contents').first().click();
  await screenshot('docs-phone');
  expect(tab.problems).toEqual([]);
  expect((await fetch(`${url}/docs/nothing-here`)).status).toBe(404);
});
