/** The world fails: programs, repositories, secrets and services that are not there. Each is said on the step or resource it concerns. */
import { expect } from 'bun:test';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../servers/find-program.ts';
import { pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';
import { startVaultServer } from '../servers/vault-server.ts';
import { buildDetail, listResources, trigger } from './build-detail.ts';
import { endedBuild } from './builds.ts';
import { eventually } from './eventually.ts';

const test = testWith({ executable: pikociAvailability() });

const SERVER = ['--db-system', 'mem', '--error-retries', '0', '--pipeline-config', 'pipeline.hcl'];
const task = (command: string): string => `task "x" {\n ${command}\n}\n`;

test('programs that are not installed', async () => {
  await using place = pikociPlace();
  // A PATH with a shell and nothing else.
  const bin = join(place.path, 'bin');
  mkdirSync(bin);
  symlinkSync(findProgram('sh') ?? '/bin/sh', join(bin, 'sh'));
  await using bare = pikociPlace({ environment: { PATH: bin, HOME: place.path, TMPDIR: join(place.path, 'tmp') } });
  bare.write(
    'pipeline.hcl',
    `resource "git" "app" {
      params {
        url = "https://127.0.0.1:1/app"
      }
    }
    job "git" {
      get "git" "app" { trigger = true }
    }
    job "docker" {
      ${task('run "docker" {\n image = "busybox"\n cmd = "true"\n}')}
    }
    job "program" {
      ${task('run "exec" { path = "no-such-program" }')}
    }
    job "script" {
      ${task('run "exec" { path = "./app/no-such-script" }')}
    }
    job "fine" {
      ${task('run "shell" { cmd = "echo fine" }')}
    }`,
  );
  const server = await bare.startServer(...SERVER);
  await trigger(server, 'docker', 'program', 'script', 'fine');
  const jobs: readonly [job: string, says: RegExp][] = [
    ['docker', /exec\.not_found: .*cannot find the program "docker": looked in PATH=/],
    ['program', /exec\.not_found: .*"no-such-program"/],
    ['script', /exec\.not_found: .*no-such-script/],
  ];
  for (const [job, says] of jobs) {
    expect((await endedBuild(server, 'pipeline', job, 1)).status).toBe('errored');
    expect((await buildDetail(server, job)).problems).toEqual([expect.stringMatching(says)]);
  }
  const problem = await eventually('git is missed', async () => (await listResources(server))[0]?.lastCheckProblem);
  expect(`${problem.message} ${problem.hint}`).toMatch(/git.*(not installed|PATH|install)/i);
  expect((await endedBuild(server, 'pipeline', 'fine', 1)).status).toBe('succeeded');
  await server.stop();
});

test('a check that prints rubbish, or asks nobody, says so on its resource; one that hangs keeps nobody waiting', async () => {
  await using place = pikociPlace();
  const rubbish = {
    text: ['this is no json', 'check.not_json'],
    cut: ['[{\\"ref\\": \\"1\\"}, {\\"re', 'check.not_json'],
    object: ['{}', 'check.not_a_list'],
    numbers: ['[1, 2]', 'check.not_an_object'],
    empty: ['[{}]', 'check.empty_version'],
    nothing: ['', 'check.no_output'],
  } as const;
  const hanging = ['one', 'two', 'three'];
  place.write(
    'pipeline.hcl',
    [
      'resource_type "rubbish" {\n params = ["say"]\n check "shell" { cmd = "printf %s \\"$param_say\\"" }\n}',
      'resource_type "hanging" {\n check "shell" { cmd = "echo asking >&2; sleep 1000" }\n}',
      ...hanging.map((name) => `resource "hanging" "${name}" {}`),
      ...Object.entries(rubbish).map(
        ([name, [say]]) => `resource "rubbish" "${name}" {\n params {\n  say = "${say}"\n }\n}`,
      ),
      'resource "git" "gone" {\n params {\n  url = "http://127.0.0.1:1/gone.git"\n }\n}',
      'job "uses" {',
      ...hanging.map((name) => `get "hanging" "${name}" {}`),
      ...Object.keys(rubbish).map((name) => `get "rubbish" "${name}" {}`),
      'get "git" "gone" {}',
      '}',
      `job "fine" {\n${task('run "shell" { cmd = "echo fine" }')}}`,
    ].join('\n'),
  );
  const server = await place.startServer(...SERVER);
  const resources = await eventually('all but the hanging ones were checked', async () => {
    const list = (await listResources(server)).filter(({ address }) => !address.startsWith('hanging.'));
    return list.length > 0 && list.every((it) => it.lastCheckProblem !== undefined) ? list : undefined;
  });
  const codes = Object.fromEntries(resources.map((it) => [it.address, it.lastCheckProblem?.code]));
  expect(codes).toMatchObject(
    Object.fromEntries(Object.entries(rubbish).map(([name, [, code]]) => [`rubbish.${name}`, code])),
  );
  const gone = resources.find(({ address }) => address === 'git.gone')?.lastCheckProblem;
  expect(gone?.message).toMatch(/127\.0\.0\.1/);
  await trigger(server, 'fine');
  expect((await endedBuild(server, 'pipeline', 'fine', 1)).status).toBe('succeeded');
  const begun = performance.now();
  expect(await server.stop()).toBe(0);
  expect(performance.now() - begun).toBeLessThan(15_000);
});

test('secrets that are not there name the variable, the place, and what to do', async () => {
  await using vault = await startVaultServer({ token: 'hvs.right' });
  vault.put('secret/data/db', { password: 'hunter2hunter2' });
  await using place = pikociPlace({
    environment: {
      PATH: process.env.PATH ?? '',
      HOME: '/nonexistent',
      VAULT_ADDR: vault.url,
      VAULT_TOKEN: 'hvs.right',
    },
  });
  const kinds: Readonly<Record<string, readonly [secret: string, says: RegExp]>> = {
    path: [
      '"vault" {\n path = "secret/data/nothing"\n key = "password"\n}',
      /Vault has nothing at secret\/data\/nothing/,
    ],
    key: ['"vault" {\n path = "secret/data/db"\n key = "passwort"\n}', /passwort/],
    token: ['"other" {\n path = "secret/data/db"\n key = "password"\n}', /does not let this token read/],
    file: ['"file" {\n path = "/nonexistent/s.json"\n key = "x"\n}', /\/nonexistent\/s\.json cannot be read/],
    env: ['"env" {\n key = "NOT_THERE"\n}', /NOT_THERE is not in the worker's environment/],
  };
  place.write(
    'pipeline.hcl',
    [
      'secret_type "other" {\n source = "pikoci://vault"\n token = "hvs.wrong"\n}',
      ...Object.entries(kinds).map(
        ([name, [secret]]) =>
          `variable "${name}_secret" {\n secret ${secret}\n}\njob "${name}" {\n${task(
            `run "shell" { cmd = "echo unreachable" }\n env = { X = var.${name}_secret }`,
          )}}`,
      ),
    ].join('\n'),
  );
  const server = await place.startServer(...SERVER);
  await trigger(server, ...Object.keys(kinds));
  for (const [job, [, says]] of Object.entries(kinds)) {
    expect((await endedBuild(server, 'pipeline', job, 1)).status).toBe('errored');
    const { problems } = await buildDetail(server, job);
    expect([job, problems]).toEqual([job, [expect.stringMatching(says)]]);
    expect(problems[0]).toContain(`variable ${job}_secret`);
  }
  await server.stop();
});

test('a service that is never ready is said on its ready step, and stopped', async () => {
  await using place = pikociPlace();
  const service = (name: string, start: string, check: string): string => `service_type "${name}" {
    start "shell" { cmd = "${start}" }
    ready_check "shell" {
      cmd      = "${check}"
      interval = "100ms"
      timeout  = "1s"
    }
    stop "shell" { cmd = "echo stopped" }
  }
  job "${name}" {
    service "${name}" {}
    ${task('run "shell" { cmd = "echo unreachable" }')}
  }\n`;
  place.write(
    'pipeline.hcl',
    [
      service('refuses', 'echo started', 'echo not yet; exit 1'),
      service('hangs', 'echo started', 'echo asking; sleep 1000'),
      service('breaks', 'echo cannot start >&2; exit 3', 'true'),
    ].join('\n'),
  );
  const server = await place.startServer(...SERVER);
  await trigger(server, 'refuses', 'hangs', 'breaks');
  const problems = {
    refuses: ['ready', /service\.not_ready: the service refuses was not ready.*last it said: not yet/],
    hangs: ['ready', /service\.not_ready: .*last it said: asking/],
    breaks: ['start', /service\.start_failed: .*breaks/],
  } as const;
  for (const [job, [part, says]] of Object.entries(problems)) {
    expect((await endedBuild(server, 'pipeline', job, 1)).status).toBe('errored');
    const { steps } = await buildDetail(server, job);
    const states = Object.fromEntries(steps.map((step) => [step.step.split(':').at(-1), step]));
    const { problem } = states[part] ?? {};
    expect(`${problem?.code}: ${problem?.message}`).toMatch(says);
    expect([job, states.stop?.status]).toEqual([job, 'succeeded']);
  }
  await server.stop();
});
