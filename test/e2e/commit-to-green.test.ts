import { expect } from 'bun:test';
import { gitAvailability, startGitServer } from '../servers/git-server.ts';
import { pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';
import { endedBuild, listBuilds, logOf } from './builds.ts';
import { eventually } from './eventually.ts';

const test = testWith({ executable: pikociAvailability(), git: gitAvailability() });

const pipeline = (url: string): string => `
resource "git" "my-app" {
  params {
    url  = "${url}"
    name = "app"
  }
  check_interval = "@every 1s"
}

job "test" {
  get "git" "my-app" { trigger = true }
  task "run-tests" {
    run "shell" {
      cmd = "cat app/greeting; ls; touch left-behind; echo tested $GET_MY_APP_REF"
    }
  }
}

job "deploy" {
  get "git" "my-app" {
    trigger = true
    passed  = ["test"]
  }
  task "deploy" {
    run "shell" { cmd = "ls; echo deploying; cat app/greeting" }
  }
}
`;

test('from a push to a green build, and on to the job behind it', async () => {
  await using git = await startGitServer();
  const repository = await git.createRepository('app');
  const first = await repository.commit({ greeting: 'hello one\n' }, 'one');
  await using place = pikociPlace();
  place.write('pipeline.hcl', pipeline(repository.url));
  const server = await place.startServer('--db-system', 'mem', '--pipeline-config', 'pipeline.hcl');

  expect((await endedBuild(server, 'pipeline', 'test', 1)).versions).toEqual({ 'git.my-app': { ref: first } });
  expect(await logOf(server, 'pipeline', 'test', 1)).toContain(`tested ${first}`);
  expect((await endedBuild(server, 'pipeline', 'deploy', 1)).status).toBe('succeeded');

  const second = await repository.commit({ greeting: 'hello two\n' }, 'two');
  const build = await endedBuild(server, 'pipeline', 'deploy', 2);
  expect(build).toMatchObject({ status: 'succeeded', versions: { 'git.my-app': { ref: second } } });
  const log = await logOf(server, 'pipeline', 'test', 2);
  expect(log).toContain('hello two');
  expect(log).not.toContain('left-behind');
  expect(await listBuilds(server, 'pipeline', 'test')).toHaveLength(2);
  await server.stop();
});

test('output is there while it is written, and a watcher ends as the build does', async () => {
  await using place = pikociPlace();
  place.write(
    'pipeline.hcl',
    `job "slow" {
      task "talk" {
        run "shell" { cmd = "echo early; while [ ! -e ${place.path}/go ]; do sleep 0.05; done; echo la''te; exit 3" }
      }
    }`,
  );
  const server = await place.startServer('--db-system', 'mem', '--pipeline-config', 'pipeline.hcl');
  await server.cli('jobs', 'trigger', '--pipeline', 'pipeline', '--job', 'slow');
  const watch = place.start(['builds', 'watch', '--pipeline', 'pipeline', '--job', 'slow', '1', '--url', server.url]);
  await watch.waitForOutput(/early/);
  expect(
    await eventually('the log is readable', async () =>
      (await logOf(server, 'pipeline', 'slow', 1)).includes('early') ? true : undefined,
    ),
  ).toBe(true);
  expect(watch.output()).not.toContain('late');
  place.write('go', '');
  expect(await watch.exited).toBe(1);
  expect(watch.output()).toContain('late');
  expect((await endedBuild(server, 'pipeline', 'slow', 1)).status).toBe('failed');
  await server.stop();
});

test('a clone that fails is said on the resource, and mends itself', async () => {
  await using git = await startGitServer();
  const repository = await git.createRepository('app');
  await repository.commit({ greeting: 'hello\n' }, 'one');
  git.failWith(500);
  await using place = pikociPlace();
  place.write('pipeline.hcl', pipeline(repository.url));
  const server = await place.startServer('--db-system', 'mem', '--pipeline-config', 'pipeline.hcl');
  const failing = await eventually('the check fails', async () => {
    const resources = (await server.json('resources', 'list', '--pipeline', 'pipeline', '--json')) as {
      lastCheckProblem?: { message: string };
    }[];
    return resources[0]?.lastCheckProblem;
  });
  expect(failing.message).toMatch(/500|git|check/i);
  git.failWith(undefined);
  expect((await endedBuild(server, 'pipeline', 'test', 1)).status).toBe('succeeded');
  await server.stop();
});
