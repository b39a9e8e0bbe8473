/**
 * The seed's pipelines, run for real. Replaced are only the addresses of repositories, the names of images, and the commands inside a
 * service: PostgreSQL runs as a process, because the tests' docker engine has no network to reach a container by.
 */
import { afterAll, beforeAll, expect } from 'bun:test';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type DockerEngine, dockerAvailability, startDocker } from '../servers/docker.ts';
import { findProgram } from '../servers/find-program.ts';
import { freePort } from '../servers/free-port.ts';
import { type GitServer, gitAvailability, startGitServer } from '../servers/git-server.ts';
import { pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { findPostgres, postgresAvailability } from '../servers/postgres-local.ts';
import type { Availability } from '../servers/required.ts';
import { testWith } from '../servers/required.ts';
import { temporaryDirectory } from '../servers/temporary-directory.ts';
import { startVaultServer } from '../servers/vault-server.ts';
import { endedBuild, logOf } from './builds.ts';
import { watchCommandLines } from './command-lines.ts';
import { replaced } from './replaced.ts';

const executable = pikociAvailability();
const git = gitAvailability();
const docker = withMake(dockerAvailability());
const postgres = postgresAvailability();
const withDocker = testWith({ executable, git, docker });
const withPostgres = testWith({ executable, git, postgres });
const withAll = testWith({ executable, git, docker, postgres });

const SECRET = 'correct-horse-battery-staple';
/** What the seed mounts into its container; docker makes it on the host. */
const SEED_CACHE = '/cache';
const SERVER = ['--db-system', 'mem', '--pipeline-config', 'pipeline.hcl'];
const TIMEOUT_MS = 120_000;

let engine: DockerEngine | undefined;
let repositories: GitServer | undefined;
let cacheWasThere = true;
const home = temporaryDirectory('nobody-home');

beforeAll(async () => {
  if (git.available) repositories = await startGitServer();
  if (!docker.available) return;
  cacheWasThere = existsSync(SEED_CACHE);
  engine = await startDocker();
  await engine.makeImage('golang:1.25', { programs: ['make'] });
}, TIMEOUT_MS);

afterAll(async () => {
  await engine?.[Symbol.asyncDispose]();
  await repositories?.[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
  if (!cacheWasThere) rmSync(SEED_CACHE, { recursive: true, force: true });
}, TIMEOUT_MS);

withDocker(
  'docker-runner.hcl: by a server, and by `pikoci run`',
  async () => {
    const { docker, environment, url } = await repositoryAndEngine('runner', {
      Makefile: 'test:\n\t@echo "made in $$(pwd) by $$(cat ../marker 2>/dev/null || echo a container)"\n',
    });
    await using place = pikociPlace({ environment });
    place.write('pipeline.hcl', replaced('docker-runner.hcl', [['https://github.com/org/app', url]]));
    const settings = ['--pass-env', 'DOCKER_HOST', '--pass-env', 'DOCKER_CONFIG'];

    const server = await place.startServer(...SERVER, ...settings);
    const build = await endedBuild(server, 'pipeline', 'test', 1, 60_000);
    const log = await logOf(server, 'pipeline', 'test', 1);
    expect([build.status, log]).toEqual(['succeeded', expect.stringContaining('made in /workdir/app by a container')]);
    expect(await server.stop()).toBe(0);

    const run = await place.run(['run', '--pipeline-config', 'pipeline.hcl', '--job', 'test', ...settings]);
    expect([run.code, run.stdout + run.stderr]).toEqual([0, expect.stringContaining('made in /workdir/app')]);
    expect(await docker('ps', '--all', '--quiet')).toBe('');
  },
  TIMEOUT_MS,
);

withPostgres(
  'service-inline.hcl: the service is there for the task, and gone after it, passed or failed',
  async () => {
    const port = await freePort();
    await using place = pikociPlace();
    const data = join(place.path, 'pg');
    place.write('postgres.sh', postgresScript(data, port));
    const repository = await (repositories as GitServer).createRepository('inline');
    const makefile = (query: string): string =>
      `integration-test:\n\t@${psql()} -h 127.0.0.1 -p ${port} -U postgres -XAtc "${query}"\n`;
    await repository.commit({ Makefile: makefile('select 40 + 2') }, 'one');
    place.write(
      'pipeline.hcl',
      replaced('service-inline.hcl', [
        ['https://github.com/org/app', repository.url],
        ['docker run -d --name db -p 5432:5432 postgres:16', `sh ${place.path}/postgres.sh start`],
        ['pg_isready -h localhost', `sh ${place.path}/postgres.sh ready`],
        ['docker rm -f db', `sh ${place.path}/postgres.sh stop`],
        ['@every 1m', '@every 1s'],
      ]),
    );
    const server = await place.startServer(...SERVER);
    const good = await endedBuild(server, 'pipeline', 'integration', 1, 60_000);
    const log = await logOf(server, 'pipeline', 'integration', 1);
    expect([good.status, log]).toEqual(['succeeded', expect.stringMatching(/^42$/m)]);
    expect(log).toContain('stopped the database');
    expect(existsSync(data)).toBe(false);

    await repository.commit({ Makefile: makefile('select 1 / 0') }, 'two');
    const bad = await endedBuild(server, 'pipeline', 'integration', 2, 60_000);
    const itsLog = await logOf(server, 'pipeline', 'integration', 2);
    expect([bad.status, itsLog]).toEqual(['failed', expect.stringContaining('division by zero')]);
    expect(itsLog).toContain('stopped the database');
    expect(existsSync(data)).toBe(false);
    await server.stop();
  },
  TIMEOUT_MS,
);

withAll(
  'all-four.hcl: a repository, a secret of Vault, a service with it, and a container',
  async () => {
    await using vault = await startVaultServer({ token: 'hvs.the-token-of-the-worker' });
    vault.put('secret/data/db', { password: SECRET });
    const port = await freePort();
    const { docker, environment, url, repository } = await repositoryAndEngine('four', {
      // Not by echo: make would hand the words to a shell, on the very command line that is watched.
      Makefile: 'integration-test:\n\t@cat said\n\t@sleep 0.5\n\t@cat state\n',
      said: `the password is ${SECRET}, or so they say\n`,
      state: 'all four work\n',
    });
    await using place = pikociPlace({
      environment: { ...environment, VAULT_ADDR: vault.url, VAULT_TOKEN: vault.token },
    });
    place.write(
      'pipeline.hcl',
      replaced('all-four.hcl', [
        ['https://github.com/org/app', url],
        ['"5432"', `"${port}"`],
        ['source = "pikoci://postgresql"', localPostgres()],
        ['@every 1m', '@every 1s'],
      ]),
    );
    const seen = watchCommandLines([SECRET, vault.token]);
    const server = await place.startServer(...SERVER, '--pass-env', 'DOCKER_HOST', '--pass-env', 'DOCKER_CONFIG');
    const good = await endedBuild(server, 'pipeline', 'test', 1, 60_000);
    const log = await logOf(server, 'pipeline', 'test', 1);
    expect([good.status, log]).toEqual(['succeeded', expect.stringContaining('all four work')]);
    // The service said it, and the task.
    expect(log).toContain('the database answers 42 to the password ***');
    expect(log).toContain('the password is ***, or so they say');
    expect(log).toContain('stopped');

    await repository.commit({ state: null }, 'breaks the test');
    const bad = await endedBuild(server, 'pipeline', 'test', 2, 60_000);
    const itsLog = await logOf(server, 'pipeline', 'test', 2);
    expect([bad.status, itsLog]).toEqual(['failed', expect.stringContaining("'state': No such file")]);
    expect(itsLog).toContain('stopped');

    expect(seen.stop()).toEqual([]);
    expect(await docker('ps', '--all', '--quiet')).toBe('');
    for (const number of [1, 2]) {
      const raw = await server.cli('builds', 'get', '-p', 'pipeline', '-j', 'test', `${number}`, '--json');
      expect(raw.stdout).not.toContain(SECRET);
    }
    expect(`${log}${itsLog}${server.output()}`).not.toContain(SECRET);
    expect(vault.requests).toContain('GET /v1/secret/data/db');
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
    await server.stop();
  },
  TIMEOUT_MS,
);

async function repositoryAndEngine(name: string, files: Readonly<Record<string, string>>) {
  if (engine === undefined || repositories === undefined) throw new Error('the engine was not started');
  const repository = await repositories.createRepository(name);
  await repository.commit(files, 'one');
  const environment = { PATH: process.env.PATH ?? '', HOME: home.path, ...engine.environment };
  return { docker: engine.docker, environment, url: repository.url, repository };
}

/** The built-in's own commands, told that there is no docker; the ready check goes one further and logs in. */
function localPostgres(): string {
  const step = (kind: string, script: string, more = ''): string =>
    `${kind} "exec" {\n path = "/bin/sh"\n args = ["-ec", <<-EOT\n${script}\nEOT\n]\n${more}}\n`;
  const builtin = (name: string): string => `DOCKER_HOST=unix:///nowhere "$PIKOCI" builtin postgresql-${name}`;
  const ask = `PGPASSWORD="$param_password" ${psql()} -h 127.0.0.1 -p "$param_port" -U postgres -XAtqc 'select 40 + 2'`;
  return [
    'params = ["version", "port", "password"]',
    step('start', builtin('start')),
    step(
      'ready_check',
      `${builtin('ready')}\necho "the database answers $(${ask}) to the password $param_password"`,
      'interval = "200ms"\n timeout = "30s"\n',
    ),
    step('stop', builtin('stop')),
  ].join('\n');
}

/** Start, ready and stop of a PostgreSQL that trusts everybody on loopback. */
function postgresScript(data: string, port: number): string {
  const found = findPostgres();
  if ('reason' in found) throw new Error(found.reason);
  const { bin, account } = found;
  const as =
    account === undefined ? '' : `setpriv --reuid=${account.uid} --regid=${account.gid} --clear-groups env HOME=/tmp `;
  return `set -e
case $1 in
  start)
    mkdir -p ${data}
    ${account === undefined ? '' : `chown ${account.uid}:${account.gid} ${data}; chmod 755 ${join(data, '..')}`}
    ${as}${bin}/initdb -D ${data}/db -U postgres --no-sync --auth=trust >/dev/null
    ${as}${bin}/pg_ctl -D ${data}/db -w -l ${data}/log -o "-p ${port} -h 127.0.0.1 -k ${data} -F" start >/dev/null
    echo started the database ;;
  ready) ${bin}/pg_isready -h localhost -p ${port} ;;
  stop)
    ${as}${bin}/pg_ctl -D ${data}/db -m immediate stop
    rm -rf ${data}
    echo stopped the database ;;
esac
`;
}

function psql(): string {
  const found = findPostgres();
  return 'reason' in found ? 'psql' : join(found.bin, 'psql');
}

/** The seed's Makefiles need a make inside the image. */
function withMake(found: Availability): Availability {
  if (!found.available || findProgram('make')) return found;
  return { available: false, reason: 'make is not installed (apt: make)' };
}
