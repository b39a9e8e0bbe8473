/** Anywhere by a few letters, and what stays with a browser. */
import { expect } from 'bun:test';
import { journey, servedPlace, signIn, WAIT } from './signed-in.ts';

const job = (name: string): string => `job "${name}" {\n  task "say" {\n    run "shell" { cmd = "echo hi" }\n  }\n}\n`;

journey('palette, keys, favourites: go somewhere, start a job, find a pipeline again', async () => {
  await using served = await servedPlace((place) => place.write('pipeline.hcl', job('build') + job('deploy')));
  const { place, server } = served;
  place.write('other.hcl', job('lint'));
  await server.cli('pipelines', 'set', 'other', '--pipeline-config', 'other.hcl');
  await using signedIn = await signIn(server);
  const { tab } = signedIn;
  const { page } = tab;
  await page.goto(server.url);
  await page.getByRole('link', { name: 'other' }).waitFor(WAIT);

  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Go to' });
  await palette.getByRole('combobox').waitFor(WAIT);
  await page.keyboard.type('pip dep');
  await palette.getByRole('option', { name: /^pipeline \/ deploy/ }).waitFor(WAIT);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${server.url}/teams/main/pipelines/pipeline/jobs/deploy`, WAIT);

  await page.getByRole('button', { name: /Go to/ }).click();
  await palette.getByRole('combobox').fill('trigger lint');
  await palette.getByRole('option', { name: /^Trigger other \/ lint/ }).click();
  await page.waitForURL(/\/other\/jobs\/lint\/builds\/1$/, WAIT);
  await palette.waitFor({ ...WAIT, state: 'detached' });

  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard' }).getByText('search in the log').waitFor(WAIT);
  await page.keyboard.press('Escape');

  await page.goto(server.url);
  await page.getByRole('button', { name: 'Favourite: other' }).click();
  await page.reload();
  const favourites = page.getByRole('region', { name: 'Favourites' });
  await favourites.getByRole('link', { name: 'other' }).waitFor(WAIT);
  expect(await favourites.getByRole('listitem').count()).toBe(1);
  // Nothing is paused, so nobody can look for it.
  expect(await page.getByRole('button', { name: /^paused/ }).isDisabled()).toBe(true);
  await server.cli('pipelines', 'pause', 'other');
  await page.getByRole('button', { name: /^paused/ }).click(WAIT);
  await page.getByRole('link', { name: /^pipeline\b/ }).waitFor({ ...WAIT, state: 'detached' });
  expect(await page.getByRole('link', { name: /^other\b/ }).count()).toBe(1);
  expect(tab.problems).toEqual([]);
});
