/** Artifacts on the page of a build, against the built executable. */
import { expect } from 'bun:test';
import { readFileSync } from 'node:fs';
import { trigger } from '../e2e/build-detail.ts';
import { endedBuild } from '../e2e/builds.ts';
import { journey, servedPlace, signIn, WAIT } from './signed-in.ts';

const PIPELINE = `
resource "artifact" "dist" {
  params { paths = ["dist/**"] }
}
resource "artifact" "site" {
  params { paths = ["site"] }
}
job "build" {
  task "make" {
    run "shell" {
      cmd = "mkdir -p dist/lib site; echo 'echo hi' > dist/app; chmod 755 dist/app; ln -s app dist/latest; seq 50000 > dist/lib/numbers; for i in $(seq 130); do echo $i > site/page-$i.html; done; echo '<script>document.title=1</script>' > 'site/<b>&.html'"
    }
  }
  put "artifact" "dist" {}
  put "artifact" "site" {}
}
`;

journey(
  'artifacts of a build: what there is, what is in them, and having them',
  async () => {
    await using served = await servedPlace((place) => place.write('pipeline.hcl', PIPELINE));
    const { server } = served;
    await trigger(server, 'build');
    expect((await endedBuild(server, 'pipeline', 'build', 1)).status).toBe('succeeded');

    await using signedIn = await signIn(server);
    const { page, screenshot } = signedIn.tab;
    await page.goto(`${server.url}/teams/main/pipelines/pipeline/jobs/build/builds/1`);
    const artifacts = page.getByRole('region', { name: 'Artifacts' });
    await artifacts.getByRole('button', { name: 'dist' }).click();
    await artifacts.getByText('latest').waitFor(WAIT);
    await artifacts.getByText('program').waitFor(WAIT);
    await screenshot('artifacts');

    const saved = async (name: string): Promise<{ name: string; text: string }> => {
      const [download] = await Promise.all([
        page.waitForEvent('download', WAIT),
        artifacts.getByRole('link', { name }).click(),
      ]);
      return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'latin1') };
    };
    expect(await saved('lib/numbers')).toEqual({ name: 'numbers', text: expect.stringMatching(/\n50000\n$/) });
    expect(await saved('dist.tar.gz')).toEqual({ name: 'dist.tar.gz', text: expect.stringMatching(/^\x1f\x8b/) });

    await artifacts.getByRole('button', { name: 'site' }).click();
    const more = artifacts.getByRole('button', { name: 'Show more' });
    await more.click();
    await artifacts.getByText('site/page-99.html').waitFor(WAIT);
    expect(await artifacts.getByRole('link', { name: /page-\d+\.html/ }).count()).toBe(130);
    expect((await saved('<b>&.html')).text).toContain('<script>');
    expect(await page.title()).not.toBe('1');
    await page.emulateMedia({ colorScheme: 'dark' });
    await screenshot('artifacts-dark');
    await page.setViewportSize({ width: 390, height: 800 });
    await screenshot('artifacts-phone');
    await server.stop();
  },
  90_000,
);
