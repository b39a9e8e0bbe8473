/** The page of workers: what they are and run, live, and how to drain one and to start another. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endedBuild } from '../e2e/builds.ts';
import { journey, servedPlace, signIn, WAIT } from './signed-in.ts';

const PIPELINE = `job "long" {
  task "wait" {
    run "shell" {
      cmd = "until test -e ../go; do sleep 0.1; done"
    }
  }
}
`;

journey(
  'a worker is seen at work, drained, and takes work again, and the page says how to start another',
  async () => {
    await using served = await servedPlace(({ path }) =>
      writeFileSync(join(path, 'pipeline.hcl'), PIPELINE.replace('../go', join(path, 'go'))),
    );
    const { server, place } = served;
    await using signedIn = await signIn(server);
    const { page, screenshot } = signedIn.tab;

    await page.getByRole('link', { name: 'Workers' }).click(WAIT);
    const row = page.getByRole('row', { name: /^local/ });
    await row.getByText('running').waitFor(WAIT);
    await page.getByText('pikoci worker-token > token').waitFor(WAIT);

    await server.cli('jobs', 'trigger', 'long', '-p', 'pipeline');
    await row.getByRole('link', { name: 'pipeline/long #1' }).waitFor(WAIT);
    await screenshot('workers');
    await row.getByRole('button', { name: /^Drain/ }).click();
    await row.getByText('draining').waitFor(WAIT);
    await row.getByText('by admin').waitFor(WAIT);
    writeFileSync(join(place.path, 'go'), '');
    await endedBuild(server, 'pipeline', 'long', 1);
    await row.getByText('drained').waitFor(WAIT);
    await server.cli('jobs', 'trigger', 'long', '-p', 'pipeline');
    await page.goto(`${server.url}/teams/main/pipelines/pipeline/jobs/long/builds/2`);
    await page.getByText('local is drained, and there is no other').first().waitFor(WAIT);

    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${server.url}/workers`);
    await row.getByText('drained').waitFor(WAIT);
    await page.emulateMedia({ colorScheme: 'dark' });
    await screenshot('workers-phone-dark');
    await server.cli('workers', 'resume', 'local');
    await row.getByText('running').waitFor(WAIT);
    await endedBuild(server, 'pipeline', 'long', 2);
  },
  120_000,
);
