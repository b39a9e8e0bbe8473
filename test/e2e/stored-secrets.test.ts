/** Secrets that the server keeps, from the command line to the log of a step, and where they never are. */
import { expect } from 'bun:test';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { type DockerEngine, dockerAvailability, startDocker } from '../servers/docker.ts';
import { pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';
import { endedBuild, logOf } from './builds.ts';
import { watchCommandLines } from './command-lines.ts';
import { eventually } from './eventually.ts';

const test = testWith({ executable: pikociAvailability() });
const withDocker = testWith({ executable: pikociAvailability(), docker: dockerAvailability() });

const OLD = 'the-old-correct-horse';
const NEW = 'the-new-battery-staple';

const PIPELINE = `
variable "token" {
  secret "pikoci" { path = "token" }
}
variable "where" {
  secret "pikoci" { path = "place" }
}
variable "password" {
  secret "file" {
    path = var.where
    key  = "db.password"
  }
}
variable "user" {
  secret "pikoci" {
    path = "account"
    key  = "user"
  }
}
job "deploy" {
  task "first" {
    run "shell" { cmd = "echo $TOKEN; touch $GO.begun; while ! test -e $GO; do sleep 0.05; done" }
    env = {
      TOKEN = var.token
      GO    = "GO_FILE"
    }
  }
  task "second" {
    run "shell" { cmd = "echo $TOKEN \${upper(var.token)} $PASSWORD $NAME; echo $OLD" }
    env = {
      TOKEN    = var.token
      PASSWORD = var.password
      NAME     = var.user
      OLD      = "${OLD}"
    }
  }
}
`;

/** Every file below a directory that holds the text. */
function filesWith(directory: string, text: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true)
    .filter((file) => readFileSync(file).includes(text));
}

test('set, used, changed while a build runs, used again; nowhere in clear; lost with its key, and said so', async () => {
  await using place = pikociPlace();
  const go = join(place.path, 'go');
  place.write('pipeline.hcl', PIPELINE.replace('GO_FILE', go));
  const file = place.write('secrets/db.json', '{"db": {"password": "of-the-file"}}');
  const options = ['--data-dir', 'data', '--pipeline-config', 'pipeline.hcl'];
  const server = await place.startServer(...options);
  const set = async (name: string, value: string, ...more: string[]) => {
    const path = place.write('tmp/value', value);
    const { code, stdout, stderr } = await server.cli('secrets', 'set', name, '--from-file', path, ...more);
    place.write('tmp/value', '');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).not.toContain(value);
  };
  await set('token', 'of the team, which nobody sees');
  await set('token', `${OLD}\n`, '--pipeline', 'pipeline');
  await set('place', file);
  await set('account', JSON.stringify({ user: 'ada-lovelace' }));
  expect((await server.cli('jobs', 'trigger', 'deploy', '-p', 'pipeline')).code).toBe(0);
  await eventually('the first task runs', async () => statSync(`${go}.begun`, { throwIfNoEntry: false }));
  await set('token', NEW, '--pipeline', 'pipeline');
  place.write('go', '');
  expect((await endedBuild(server, 'pipeline', 'deploy', 1)).status).toBe('succeeded');
  // The value of before the change is still kept out of the log of the build that knew it.
  expect(await logOf(server, 'pipeline', 'deploy', 1)).toBe('***\n*** *** *** ***\n***\n');

  const listed = await server.cli('secrets', 'list', '-p', 'pipeline', '--json');
  expect(JSON.parse(listed.stdout)).toHaveLength(4);
  const seen = `${listed.stdout}${server.output()}`;
  for (const value of [OLD, NEW, NEW.toUpperCase(), 'of-the-file', 'ada-lovelace']) {
    expect(seen).not.toContain(value);
    // The old one stands in the pipeline itself.
    if (value !== OLD) expect(filesWith(join(place.path, 'data'), value)).toEqual([]);
  }
  expect(await server.stop()).toBe(0);

  const other = place.start(['server', '--port', '0', ...options, '--secret-key', 'quite another key']);
  expect(await other.exited).toBe(1);
  expect(other.output()).toContain('written with another secret key');
  const again = await place.startServer(...options);
  await again.cli('secrets', 'delete', 'account');
  await again.cli('jobs', 'trigger', 'deploy', '-p', 'pipeline');
  expect((await endedBuild(again, 'pipeline', 'deploy', 2)).status).toBe('errored');
  const detail = await again.cli('builds', 'get', '2', '-p', 'pipeline', '-j', 'deploy', '--json');
  expect(detail.stdout).toContain('the server keeps no secret \\"account\\"');
  expect(detail.stdout).toContain('pikoci secrets set account');
  await again.stop();
});

test('a build shows who it is by a token that anyone can check', async () => {
  await using place = pikociPlace();
  const file = join(place.path, 'token');
  place.write(
    'pipeline.hcl',
    `job "deploy" {
  task "show" {
    id_token { aud = "https://vault.example.com" }
    run "shell" { cmd = "echo it is $PIKOCI_ID_TOKEN; printf %s $PIKOCI_ID_TOKEN > ${file}" }
  }
}
`,
  );
  const server = await place.startServer('--db-system', 'mem', '--pipeline-config', 'pipeline.hcl');
  await server.cli('jobs', 'trigger', 'deploy', '-p', 'pipeline');
  expect((await endedBuild(server, 'pipeline', 'deploy', 1)).status).toBe('succeeded');
  expect(await logOf(server, 'pipeline', 'deploy', 1)).toBe('it is ***\n');
  const configuration = (await (await fetch(`${server.url}/.well-known/openid-configuration`)).json()) as {
    issuer: string;
    jwks_uri: string;
  };
  const { payload } = await jwtVerify(readFileSync(file, 'utf8'), createRemoteJWKSet(new URL(configuration.jwks_uri)), {
    issuer: server.url,
    audience: 'https://vault.example.com',
  });
  expect(payload).toMatchObject({ sub: 'team:main:pipeline:pipeline:job:deploy', build_number: '1' });
  expect(configuration.issuer).toBe(server.url);
  const local = await place.run(['run', '--pipeline-config', 'pipeline.hcl']);
  expect([local.code, local.stdout + local.stderr]).toEqual([
    1,
    expect.stringContaining('a server signs who a build is'),
  ]);
  await server.stop();
});

let engine: DockerEngine | undefined;

withDocker(
  'no command line of this machine ever shows one: exec, shell and docker',
  async () => {
    engine = await startDocker();
    await using _ = engine;
    await engine.makeImage('box');
    await using place = pikociPlace({
      environment: {
        PATH: process.env.PATH ?? '',
        HOME: '/nonexistent',
        ...engine.environment,
        PIKOCI_TEST_TOKEN: NEW,
      },
    });
    // Not by echo: the words of a command that a shell runs as a program would stand in its own command line.
    const script = 'printf \'%s\\n\' "said ${var.token}" "${base64encode(var.token)} $TOKEN"; sleep 0.4';
    const exec = `run "exec" {\n path = "/bin/sh"\n args = ["-ec", <<-EOT\n${script}\nEOT\n]\n}`;
    const shell = `run "shell" {\n cmd = <<-EOT\n${script}\nEOT\n}`;
    const docker = `run "docker" {\n image = "box"\n args = ["--pull=never"]\n cmd = <<-EOT\n${script}\nEOT\n}`;
    const job = (name: string, run: string) =>
      `job "${name}" {\n task "t" {\n${run}\n env = { TOKEN = var.token }\n}\n}\n`;
    place.write(
      'pipeline.hcl',
      `variable "token" {\n secret "env" { key = "PIKOCI_TEST_TOKEN" }\n}\n${job('exec', exec)}${job('shell', shell)}${job('docker', docker)}`,
    );
    const watched = watchCommandLines([NEW, Buffer.from(NEW).toString('base64')]);
    for (const name of ['exec', 'shell', 'docker']) {
      const pass = ['PIKOCI_TEST_TOKEN', 'DOCKER_HOST', 'DOCKER_CONFIG'].flatMap((variable) => [
        '--pass-env',
        variable,
      ]);
      const run = await place.run(['run', '--pipeline-config', 'pipeline.hcl', '--job', name, ...pass]);
      expect([name, run.code, run.stdout + run.stderr]).toEqual([name, 0, expect.stringContaining('said ***')]);
      expect(run.stdout).toContain('*** ***');
    }
    expect(watched.stop()).toEqual([]);
  },
  120_000,
);
