/** Pipelines made by pipelines: examples/set-pipeline as it is, on a server and without one. */
import { expect } from 'bun:test';
import { cpSync } from 'node:fs';
import { resolve } from 'node:path';
import { type PikociPlace, pikociAvailability, pikociPlace, type RunningServer } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';
import { buildDetail, trigger } from './build-detail.ts';
import { endedBuild, logOf } from './builds.ts';

const test = testWith({ executable: pikociAvailability() });

const EXAMPLE = resolve(import.meta.dirname, '../../examples/set-pipeline');
const SERVER = ['--db-system', 'sqlite', '--data-dir', 'data', '--run-worker', '--pipeline-config', 'pipeline.hcl'];

function exampleIn(place: PikociPlace): void {
  cpSync(EXAMPLE, place.path, { recursive: true });
}

const plain = (text: string): string => text.replaceAll(/\u001b\[[0-9;]*m/g, '');

async function synced(server: RunningServer, number: number): Promise<string> {
  await trigger(server, 'sync');
  await endedBuild(server, 'pipeline', 'sync', number);
  return plain(await logOf(server, 'pipeline', 'sync', number));
}

test('a build sets an instance for each branch, and again only when something changes', async () => {
  await using place = pikociPlace();
  exampleIn(place);
  await using server = await place.startServer(...SERVER);
  const first = await synced(server, 1);
  expect(first).toContain('+ job "test"');
  expect(first).toContain('pipeline app--feature-login is made, at revision 1');
  expect(first).toContain('pipeline app--main is made, at revision 1');
  const listed = (await server.json('pipelines', 'list', '--json')) as { name: string; instance?: unknown }[];
  expect(listed.map(({ name, instance }) => [name, instance])).toEqual([
    ['app--feature-login', { of: 'app', vars: { branch: 'feature/login' } }],
    ['app--main', { of: 'app', vars: { branch: 'main' } }],
    ['pipeline', undefined],
  ]);

  const table = (await server.cli('pipelines', 'list')).stdout;
  expect(table).toMatch(/^app--main .* ago +build 1 of job sync in pipeline pipeline$/m);

  // What was set works, with the values it was given: the token is masked there too.
  const started = await server.cli('jobs', 'trigger', '--pipeline', 'app--feature-login', '--job', 'test');
  expect(started.code).toBe(0);
  await endedBuild(server, 'app--feature-login', 'test', 1);
  expect(await logOf(server, 'app--feature-login', 'test', 1)).toContain(
    'testing feature/login in app--feature-login with a token of 12 characters',
  );

  expect(await synced(server, 2)).toContain('pipeline app--main is as it is to be, at revision 1: nothing changes');
  const history = await server.cli('pipelines', 'history', '-p', 'app--main');
  expect(history.stdout).toContain('build 1 of job sync in pipeline pipeline');
  expect(first + history.stdout).not.toContain('s3cret-t0ken');
});

const sync = (app: string, more = ''): string => `job "sync" {
  task "write" {
    run "shell" { cmd = "mkdir -p ci; printf %s \\"$APP\\" > ci/app.hcl" }
    env = { APP = ${JSON.stringify(app)} }
  }
  set_pipeline "app" {
    file = "ci/app.hcl"
    ${more}
  }
}
`;

test('a file with mistakes fails the step with the messages of validate, and changes nothing', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', sync('jop "test" {}\n'));
  await using server = await place.startServer(...SERVER);
  const log = await synced(server, 1);
  expect(log).toContain('error: Unknown block');
  expect(log).toContain('app.hcl:1:1');
  const { status, problems } = await buildDetail(server, 'sync');
  expect(status).toBe('failed');
  expect(problems).toEqual(['pipeline.invalid: pipeline app has a mistake; nothing was changed']);
  expect(await server.json('pipelines', 'list', '--json')).toHaveLength(1);
});

test('a sensitive value stays one, though the file does not say that it is', async () => {
  await using place = pikociPlace();
  const app =
    'variable "token" {}\njob "test" {\n  task "t" {\n    run "shell" { cmd = "echo token=$T" }\n    env = { T = var.token }\n  }\n}\n';
  const head = 'variable "token" {\n  sensitive = true\n  default = "s3cret-t0ken"\n}\n';
  place.write('pipeline.hcl', head + sync(app, 'vars = { token = var.token }'));
  await using server = await place.startServer(...SERVER);
  expect(await synced(server, 1)).toContain('pipeline app is made, at revision 1');
  await server.cli('jobs', 'trigger', '--pipeline', 'app', '--job', 'test');
  await endedBuild(server, 'app', 'test', 1);
  expect(await logOf(server, 'app', 'test', 1)).toContain('token=***');
});

test('a pipeline that sets itself goes on with the plan it began with', async () => {
  await using place = pikociPlace();
  const itself = (version: string): string =>
    sync('', '')
      .replace('set_pipeline "app"', 'set_pipeline "pipeline"')
      .replace('APP = ""', `APP = file("next.hcl")`) +
    `job "after-${version}" {\n  task "t" {\n    run "shell" { cmd = "echo" }\n  }\n}\n`;
  place.write('pipeline.hcl', itself('old'));
  place.write('next.hcl', 'job "sync" {\n  task "new" {\n    run "shell" { cmd = "echo new" }\n  }\n}\n');
  await using server = await place.startServer(...SERVER);
  const log = await synced(server, 1);
  expect(log).toContain('- job "after-old"');
  expect(log).toContain('pipeline pipeline is set, at revision 2 now');
  expect((await buildDetail(server, 'sync')).status).toBe('succeeded');
  expect(await synced(server, 2)).toContain('new');
});

test('without a server the file is checked, and what would be set is said', async () => {
  await using place = pikociPlace();
  exampleIn(place);
  const good = await place.run(['run', '--pipeline-config', 'pipeline.hcl', '--job', 'sync']);
  expect([good.code, good.stdout]).toEqual([
    0,
    expect.stringContaining('pipeline app--main is valid and has the job test; nothing is set from here'),
  ]);
  place.write('apps/app.hcl', 'jop "test" {}\n');
  const bad = await place.run(['run', '--pipeline-config', 'pipeline.hcl', '--job', 'sync']);
  expect([bad.code, bad.stdout]).toEqual([1, expect.stringContaining('Did you mean "job"?')]);
});
