/**
 * The whole of the second seed, from an empty database, in a real browser: sign in with GitHub, switch a repository on, push; its Dockerfile is built by
 * buildah while one watches, and the commit shows how it went. GitHub is `emulate`, with the commits of a real repository.
 */
import { expect } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { browserAvailability, startBrowser } from '../servers/browser.ts';
import { freePort } from '../servers/free-port.ts';
import { gitAvailability, startGitServer } from '../servers/git-server.ts';
import { startGithubStandIn } from '../servers/github-stand-in.ts';
import { registryAvailability, startImageRegistry } from '../servers/image-registry.ts';
import { pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { buildahAvailability, startContainerStorage } from '../servers/podman.ts';
import { testWith } from '../servers/required.ts';
import { temporaryDirectory } from '../servers/temporary-directory.ts';
import { eventually } from './eventually.ts';

const test = testWith({
  chromium: browserAvailability(),
  executable: pikociAvailability(),
  git: gitAvailability(),
  buildah: buildahAvailability(),
  registry: registryAvailability(),
});
const WAIT = { timeout: 60_000 };

/** That of the seed, slow enough to be watched. */
const DOCKERFILE = `FROM yauritux/busybox-curl

RUN echo "Running build"
RUN echo "We don't need to build anything"
RUN sleep 6
RUN echo "weather is goood"
`;
const HERMES = 'name: My super pipeline\nversion: 1.0.0\nschema: docker\n';

test('sign in, pick a repository, push, watch', async () => {
  await using storage = await startContainerStorage();
  await using registry = await startImageRegistry();
  await storage.podman('push', '--tls-verify=false', 'localhost/busybox:1', `${registry.host}/yauritux/busybox-curl`);
  await using git = await startGitServer();
  const source = await git.createRepository('Hello');
  await using settings = temporaryDirectory('hermes');
  const registries = join(settings.path, 'registries.conf');
  await using place = pikociPlace({ environment: { ...storage.environment, CONTAINERS_REGISTRIES_CONF: registries } });
  writeFileSync(
    registries,
    `unqualified-search-registries = ["${registry.host}"]\nshort-name-mode = "permissive"\n[[registry]]\nlocation = "${registry.host}"\ninsecure = true\n`,
  );
  const port = await freePort();
  const application = {
    ...{ clientId: 'Iv1.pikoci', clientSecret: 'the right one' },
    callback: `http://127.0.0.1:${port}/auth/callback/github`,
  };
  await using github = await startGithubStandIn('Octocat/Hello', source, application);
  writeFileSync(join(place.path, 'github-secret'), application.clientSecret);
  const passed = ['CONTAINERS_STORAGE_CONF', 'CONTAINERS_CONF', 'CONTAINERS_REGISTRIES_CONF'];
  writeFileSync(
    join(place.path, 'providers.json'),
    JSON.stringify({
      providers: {
        github: {
          ...{ kind: 'github', url: github.webUrl, api_url: github.url },
          ...{ client_id: application.clientId, client_secret_file: 'github-secret' },
        },
      },
    }),
  );
  const server = await place.startServer(
    ...['--port', String(port), '--providers', 'providers.json'],
    ...passed.flatMap((name) => ['--pass-env', name]),
  );

  await using browser = await startBrowser();
  const { page, problems, screenshot } = await browser.open({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${server.url}/login`);
  await page.getByRole('button', { name: 'Continue with GitHub' }).click(WAIT);
  await page.getByRole('button', { name: /Octocat/ }).click(WAIT);
  await page.getByRole('link', { name: 'Repositories' }).waitFor(WAIT);
  await server.cli('teams', 'grant', 'main', 'Octocat', 'maintain');
  await page.goto(`${server.url}/repos`);
  await page
    .getByRole('row', { name: /^Octocat\/Hello/ })
    .getByRole('button', { name: 'Activate' })
    .click(WAIT);
  await page.getByText('Nothing came yet').waitFor(WAIT);
  await screenshot('hermes-activated');
  expect(github.hooks.map(({ events }) => events)).toEqual([['push', 'pull_request', 'create', 'merge_group']]);
  expect(github.hooks[0]?.url).toStartWith(server.url);

  const commit = await source.commit({ 'Hermes.yaml': HERMES, Dockerfile: DOCKERFILE }, 'Ask for the weather');
  expect((await github.push('main', commit)).status).toBe(202);
  await page.getByRole('row', { name: /^push/ }).waitFor(WAIT);
  await page.goto(`${server.url}/teams/main/pipelines/Hello/jobs/build/builds/1`);
  // The line is there before the build is over.
  await page.getByText('Running build').first().waitFor(WAIT);
  const { status } = (await server.json('builds', 'get', '1', '-p', 'Hello', '-j', 'build', '--json')) as {
    status: string;
  };
  expect(status).toBe('running');
  await screenshot('hermes-live');
  await page.getByText('passed', { exact: true }).first().waitFor(WAIT);
  await page.getByText('weather is goood').last().waitFor(WAIT);
  await screenshot('hermes-passed');
  const told = await eventually('the commit shows that it passed', async () =>
    github.statuses.find(({ body }) => body.state === 'success'),
  );
  expect(told).toMatchObject({ commit, body: { context: 'pikoci/build' } });
  expect(problems).toEqual([]);

  // Who knows the addresses of Hermes finds the job there.
  const { id } = (await (
    await fetch(`${github.url}/repos/Octocat/Hello`, { headers: { authorization: `Bearer ${github.token}` } })
  ).json()) as { id: number };
  const jobs = await page.evaluate(async (path) => (await fetch(path)).json(), `/github/${id}`);
  expect(jobs).toMatchObject([
    { name: 'Ask for the weather', workflow: 'My super pipeline', repository: 'Octocat/Hello', finished: true },
  ]);
}, 240_000);
