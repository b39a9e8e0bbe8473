/** Repositories with a Dockerfile and no pipeline: an event of the forge, a build by buildah, and a status on the commit. */
import { afterAll, beforeAll, expect } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openForge } from '../../src/integrations/open-forge.ts';
import { type BuildId, type DeliveryId, newId, type UserId } from '../../src/lib/ids.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { createPipelineLoader } from '../../src/main/pipeline-loader.ts';
import type { BuiltEvent } from '../../src/server/repository-builds/event-places.ts';
import { activeRepository } from '../../src/server/repository-builds/forge-stand-in.fixture.ts';
import { startTestServer, type TestServer } from '../../src/server/test-server.fixture.ts';
import type { RepositoryRecord } from '../../src/store/repository-store.ts';
import { runWorker } from '../../src/worker/worker.ts';
import type { GitRepository } from '../servers/git-repository.ts';
import { type GitServer, gitAvailability, startGitServer } from '../servers/git-server.ts';
import { GITHUB_TOKEN, type GithubStandIn, startGithubStandIn } from '../servers/github-stand-in.ts';
import { type ImageRegistry, registryAvailability, startImageRegistry } from '../servers/image-registry.ts';
import { EXECUTABLE, pikociAvailability } from '../servers/pikoci.ts';
import { buildahAvailability, type ContainerStorage, startContainerStorage } from '../servers/podman.ts';
import { testWith } from '../servers/required.ts';
import { temporaryDirectory } from '../servers/temporary-directory.ts';

const test = testWith({
  executable: pikociAvailability(),
  git: gitAvailability(),
  buildah: buildahAvailability(),
  registry: registryAvailability(),
});
const TIMEOUT_MS = 120_000;
const DELIVERY = { id: newId<DeliveryId>(), receivedAt: 1 };
const HERMES = resolve(import.meta.dirname, '../pipelines/hermes');
const hermes = (file: string): string => readFileSync(join(HERMES, file), 'utf8');

let storage: ContainerStorage;
let registry: ImageRegistry;
const place = temporaryDirectory('repository-builds');

beforeAll(async () => {
  if (!buildahAvailability().available || !registryAvailability().available) return;
  [storage, registry] = await Promise.all([startContainerStorage(), startImageRegistry()]);
  await storage.podman('push', '--tls-verify=false', 'localhost/busybox:1', `${registry.host}/yauritux/busybox-curl`);
  await Bun.write(
    join(place.path, 'registries.conf'),
    `unqualified-search-registries = ["${registry.host}"]\nshort-name-mode = "permissive"\n[[registry]]\nlocation = "${registry.host}"\ninsecure = true\n`,
  );
}, TIMEOUT_MS);
afterAll(async () => {
  await storage?.[Symbol.asyncDispose]();
  await registry?.[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
}, TIMEOUT_MS);

interface World extends AsyncDisposable {
  readonly server: TestServer;
  readonly github: GithubStandIn;
  readonly git: GitServer;
  readonly source: GitRepository;
  readonly repository: RepositoryRecord;
  push(branch: string, commit: string): Promise<readonly string[]>;
  /** The build, when it has ended, and its log. */
  ended(id: string): Promise<{ readonly status: string; readonly log: string }>;
}

/** A server, a worker, a forge and the repository `Octo/App` on it. */
async function startWorld(options: { readonly isApp?: boolean; readonly isPrivate?: boolean } = {}): Promise<World> {
  const git = await startGitServer(options.isPrivate === true ? { token: GITHUB_TOKEN } : {});
  const source = await git.createRepository('App');
  const github = await startGithubStandIn('Octo/App', source);
  const address = { name: 'github', kind: 'github', baseUrl: github.url, apiUrl: github.url } as const;
  const { isApp = false } = options;
  const server = await startTestServer({}, {}, ':memory:', {
    loader: createPipelineLoader(
      { fetch: async () => ({ kind: 'problem', code: 'source_refused', message: 'nothing is fetched here' }) },
      undefined,
      {},
    ),
    forges: {
      open: openForge,
      grants: {
        providers: () => [address],
        forUser: async () => ({ token: github.token, scopes: ['repo'] }),
        forRepository: async () => (isApp ? { token: github.token } : undefined),
      },
    },
  });
  const built = await activeRepository(server.store, {
    ...{ private: options.isPrivate === true, cloneUrl: source.url, activatedBy: newId<UserId>() },
  });
  const stop = new AbortController();
  const worker = runWorker({
    queue: server.connect({ worker: newId() }).queue,
    ...{ id: 'w', name: 'w', version: '0', tags: [], slots: 1, kinds: ['build', 'check'] },
    dataDir: join(place.path, newId()),
    environment: {
      ...{ PATH: process.env.PATH, HOME: place.path, ...storage.environment },
      CONTAINERS_REGISTRIES_CONF: join(place.path, 'registries.conf'),
    },
    passEnv: ['CONTAINERS_STORAGE_CONF', 'CONTAINERS_CONF', 'CONTAINERS_REGISTRIES_CONF'],
    ...{ executable: EXECUTABLE, logger: silentLogger, stop: stop.signal },
  });
  return {
    ...{ server, github, git, source, repository: built },
    async push(branch, commit) {
      const event: BuiltEvent = {
        ...{ kind: 'push', sender: undefined, branch, before: undefined, forced: false },
        repository: { ...built, id: built.forgeId },
        commit: { hash: commit, message: await source.git('log', '-1', '--format=%B', commit), author: undefined },
      };
      return (await server.server.repositoryBuilds.buildEvent(built, event, DELIVERY)).builds.map(({ id }) => id);
    },
    ended: (id) =>
      server.until('the build ends', async () => {
        const answer = await server.fetch(
          new Request(`http://ci.test/api/v1/builds/${id}`, { headers: { authorization: `Bearer ${server.token}` } }),
        );
        const { status } = (await answer.json()) as { status: string };
        if (['pending', 'running'].includes(status)) return undefined;
        const log = await server.fetch(
          new Request(`http://ci.test/api/v1/builds/${id}/log`, {
            headers: { authorization: `Bearer ${server.token}` },
          }),
        );
        return { status, log: await log.text() };
      }),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await worker;
      await server[Symbol.asyncDispose]();
      await github[Symbol.asyncDispose]();
      await git[Symbol.asyncDispose]();
    },
  };
}

test(
  'Hermes.yaml and the Dockerfile of the seed build as they are, and the commit shows it',
  async () => {
    await using world = await startWorld();
    const commit = await world.source.commit(
      { 'Hermes.yaml': hermes('Hermes.yaml'), Dockerfile: hermes('Dockerfile') },
      'Begin',
    );
    const [id = ''] = await world.push('main', commit);
    const { status, log } = await world.ended(id);
    expect({ status, log }).toEqual({ status: 'succeeded', log });
    for (const line of ['STEP 2/5: RUN echo "Running build"', 'Running build', 'weather is goood', 'octo/app:latest']) {
      expect(log).toContain(line);
    }
    await world.server.until('the status is there', async () =>
      world.github.statuses.some(({ body }) => body.state === 'success') ? true : undefined,
    );
    expect(world.github.statuses.every((told) => told.commit === commit)).toBe(true);
    expect(world.github.statuses.at(-1)?.body).toMatchObject({
      context: 'pikoci/build',
      description: expect.stringMatching(/^#1 passed in /),
      target_url: 'http://ci.test/teams/main/pipelines/app/jobs/build/builds/1',
    });
  },
  TIMEOUT_MS,
);

test(
  'a private repository is cloned by a token that no command sees, its pipeline is that of the commit, what the event says is harmless, and an app makes check runs',
  async () => {
    await using world = await startWorld({ isApp: true, isPrivate: true });
    const commit = await world.source.commit(
      {
        '.pikoci.hcl': `
          job "test" {
            get "git" "repository" { trigger = true }
            task "look" {
              dir = "repository"
              run "shell" {
                cmd = <<-EOT
                  cat hello
                  echo "$BUILD_EVENT_BRANCH: $BUILD_EVENT_MESSAGE"
                  env | grep -c gho_ || true
                  git config --list | grep -i -c -e gho_ -e extraheader || true
                  test ! -e pwned
                  test "$GET_REPOSITORY_REF" = "$BUILD_EVENT_COMMIT"
                EOT
              }
            }
            task "only-main" {
              if = build.event.branch == "main"
              run "shell" { cmd = "exit 1" }
            }
          }`,
        hello: 'hello from the commit\n',
      },
      '$(touch pwned) `touch pwned` "; touch pwned #',
    );
    const [id = ''] = await world.push('feature/x', commit);
    const { status, log } = await world.ended(id);
    expect({ status, log }).toEqual({ status: 'succeeded', log });
    expect(log).toContain('hello from the commit\n');
    expect(log).toContain('feature/x: $(touch pwned) `touch pwned` "; touch pwned #\n0\n0\n');
    expect(log).not.toContain(GITHUB_TOKEN);
    const runs = await world.server.until('the check run is there', async () => {
      const found = (await world.github.ask('/repos/Octo/App/check-runs/1')) as { conclusion?: string | null };
      return found.conclusion === 'success' ? found : undefined;
    });
    expect(runs).toMatchObject({ name: 'pikoci/test', head_sha: commit, status: 'completed' });
  },
  TIMEOUT_MS,
);

test(
  'a Hermes.yaml that says something else is an error on the build, which says what is allowed',
  async () => {
    await using world = await startWorld();
    const files = { 'Hermes.yaml': 'name: x\nversion: 1\nschema: compose\n', Dockerfile: hermes('Dockerfile') };
    const [id = ''] = await world.push('main', await world.source.commit(files, 'Begin'));
    const build = await world.server.store.getBuild(id as BuildId);
    expect(build).toMatchObject({
      status: 'errored',
      problem: {
        message: 'Hermes.yaml has the schema "compose", and there is only "docker"',
        hint: expect.stringContaining('`schema: docker`'),
      },
    });
    await world.server.until('the status is there', async () =>
      world.github.statuses.some(({ body }) => body.state === 'error') ? true : undefined,
    );
  },
  TIMEOUT_MS,
);
