/** Built-in services in containers of an engine of our own, whose images are made of this machine's servers; and steps in containers that use them. */
import { afterAll, beforeAll, expect } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DockerEngine, dockerAvailability, startDocker } from '../servers/docker.ts';
import { programsAvailability } from '../servers/installed-programs.ts';
import { type PikociPlace, pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { processesOf } from '../servers/processes-of.ts';
import { testWith } from '../servers/required.ts';
import { temporaryDirectory } from '../servers/temporary-directory.ts';

import { endedBuild, logOf } from './builds.ts';
import { eventually } from './eventually.ts';

const docker = dockerAvailability();
const redis = programsAvailability(['redis-server', 'redis-cli'], 'redis-server');
const nats = programsAvailability(['nats-server'], 'nats-server');
const test = testWith({ executable: pikociAvailability(), docker, redis, nats });
const TIMEOUT_MS = 120_000;
const PASS = ['--pass-env', 'DOCKER_HOST', '--pass-env', 'DOCKER_CONFIG'];
const RUN = ['run', '--pipeline-config', 'pipeline.hcl', ...PASS];

let engine: DockerEngine;
const home = temporaryDirectory('services-in-containers');

beforeAll(async () => {
  if (!docker.available || !redis.available || !nats.available) return;
  engine = await startDocker();
  await engine.makeImage('nats:2', { programs: ['nats-server'], changes: ['ENTRYPOINT ["nats-server"]'] });
  await engine.makeImage('redis:7', { programs: ['redis-server', 'redis-cli'] });
  await engine.makeImage('dies:1', { changes: ['ENTRYPOINT ["/bin/sh", "-c", "echo no room for me; exit 3"]'] });
}, TIMEOUT_MS);
afterAll(async () => {
  await engine?.[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
}, TIMEOUT_MS);

function placeWith(text: string): PikociPlace {
  const place = pikociPlace({
    environment: { PATH: process.env.PATH ?? '', HOME: home.path, ...engine.environment },
  });
  place.write('pipeline.hcl', text);
  return place;
}

/** Containers and networks that are there. */
async function left(): Promise<string> {
  const containers = await engine.docker('ps', '--all', '--quiet');
  return containers + (await engine.docker('network', 'ls', '--quiet', '--filter', 'name=pikoci'));
}

const nothingIsLeft = async (): Promise<void> => expect(await left()).toBe('');

const inside = (cmd: string): string => `run "docker" {
  image = "redis:7"
  cmd   = <<-EOT
    ${cmd}
  EOT
}`;

test(
  'a step in a container reaches a service in a container by its name and what it is told, one beside the containers by what it is told',
  async () => {
    await using place = placeWith(`job "test" {
      service "redis" "cache" {}
      service "nats" {}
      service "redis" "beside" { mode = "process" }
      task "on-the-worker" {
        run "shell" { cmd = "redis-cli -u $SERVICE_CACHE_URL set who worker; redis-cli -u $SERVICE_BESIDE_URL set who beside" }
      }
      task "inside" {
        ${inside(`echo "at $SERVICE_CACHE_HOST $SERVICE_CACHE_PORT"
    redis-cli -u "$SERVICE_CACHE_URL" get who
    redis-cli -h cache -a "$SERVICE_CACHE_PASSWORD" get who
    redis-cli -u "$SERVICE_BESIDE_URL" get who
    echo "$SERVICE_NATS_ADDRESS" && nc -w 2 nats 4222 </dev/null | head -c 5`)}
      }
      task "elsewhere" {
        run "docker" {
          image = "redis:7"
          cmd   = "redis-cli -u $SERVICE_CACHE_URL get who"
          args  = ["--network", "host"]
        }
      }
    }`);
    const { code, stdout } = await place.run(RUN, { timeoutMs: TIMEOUT_MS });
    expect([code, stdout]).toEqual([0, expect.stringContaining('inside | at cache 6379')]);
    const said = (step: string): string[] =>
      stdout.split('\n').flatMap((line) => (line.startsWith(`${step} | `) ? [line.slice(step.length + 3)] : []));
    expect(said('inside').filter((line) => !line.startsWith('Warning'))).toEqual([
      'at cache 6379',
      'worker',
      'worker',
      'beside',
      'nats:4222',
      'INFO ',
    ]);
    expect(said('elsewhere')).toContain('worker');
    expect(stdout).toMatch(/cache (start|log) \| .*Ready to accept connections/);
    await nothingIsLeft();
  },
  TIMEOUT_MS,
);

test(
  'a container that cannot be had, and one that dies at once, say why',
  async () => {
    await using place = placeWith(`job "pull" {
      service "redis" { version = "99" }
      task "use" { 
        run "shell" { cmd = "true" }
      }
    }
    job "dies" {
      service "nats" { image = "dies:1" }
      task "use" { 
        run "shell" { cmd = "true" }
      }
    }`);
    const pull = await place.run([...RUN, '--job', 'pull']);
    expect([pull.code, pull.stdout]).toEqual([1, expect.stringContaining('cannot start a container of redis:99')]);
    expect(pull.stdout).toContain('Look at "version" and "image"');
    const dies = await place.run([...RUN, '--job', 'dies']);
    expect([dies.code, dies.stdout]).toEqual([
      1,
      expect.stringMatching(/the service nats exited with 3[\s\S]*no room for me/),
    ]);
    await nothingIsLeft();
  },
  TIMEOUT_MS,
);

test(
  'two builds of a job run at once, a service that dies is said at once, and nothing of them is left',
  async () => {
    await using place = placeWith(`job "test" {
      concurrency = 3
      service "redis" {}
      task "use" {
        ${inside(`redis-cli -u "$SERVICE_REDIS_URL" set build "$BUILD_NUMBER" > seen
    while ! test -e go; do sleep 0.1; done
    redis-cli -u "$SERVICE_REDIS_URL" get build`)}
      }
    }`);
    const server = await place.startServer('--db-system', 'mem', '--pipeline-config', 'pipeline.hcl', ...PASS);
    for (const _ of [1, 2]) expect((await server.cli('jobs', 'trigger', '-p', 'pipeline', '-j', 'test')).code).toBe(0);
    const running = async (): Promise<string[]> =>
      (await engine.docker('ps', '--format', '{{.Names}}'))
        .split('\n')
        .filter((name) => name.startsWith('pikoci-redis'));
    await eventually(
      'both builds have their service',
      async () => ((await running()).length === 2 ? true : undefined),
      {
        timeoutMs: 60_000,
      },
    );
    const [one = ''] = await running();
    const workdir = await engine.docker('inspect', '--format', '{{index .Config.Labels "pikoci.workdir"}}', one);
    const seen = (dir: string): Promise<true> =>
      eventually('the step is there', async () => (existsSync(join(dir, 'seen')) ? true : undefined), {
        timeoutMs: 60_000,
      });
    await seen(workdir.trim());
    await engine.docker('kill', one);
    await eventually('the death is told', async () => {
      const logs = await Promise.all(
        [1, 2].map((number) => server.cli('builds', 'get', '-p', 'pipeline', '-j', 'test', `${number}`, '--json')),
      );
      return logs.some(({ stdout }) => stdout.includes('the service redis exited with 137')) ? true : undefined;
    });
    await server.stop();
    await eventually('nothing is left', async () =>
      (await engine.docker('ps', '--all', '--quiet')) === '' ? true : undefined,
    );
    await nothingIsLeft();
  },
  TIMEOUT_MS,
);

test(
  'kill -9 of `pikoci run` leaves no container and no network',
  async () => {
    await using place = placeWith(`job "test" {
      service "redis" {}
      task "use" {
        ${inside('echo inside now; sleep 1000')}
      }
    }`);
    const run = place.start(RUN);
    await run.waitForOutput(/use \| inside now/, 60_000);
    // One that has just begun may not be called running yet.
    expect((await engine.docker('ps', '--all', '--quiet')).trim().split('\n')).toHaveLength(2);
    await run.kill9();
    await eventually('containers and network are gone', async () => ((await left()) === '' ? true : undefined), {
      timeoutMs: 60_000,
    });
  },
  TIMEOUT_MS,
);

test(
  'kill -9 of the worker: what it left is removed, and the next try has a service of its own',
  async () => {
    await using place = placeWith(`job "test" {
      service "redis" {}
      task "use" {
        run "shell" {
          cmd = <<-EOT
            echo "try $BUILD_ATTEMPT: $(redis-cli --no-auth-warning -u "$SERVICE_REDIS_URL" incr tries)"
            while ! test -e PLACE/go; do sleep 0.05; done
          EOT
        }
      }
    }`);
    place.write('pipeline.hcl', readFileSync(join(place.path, 'pipeline.hcl'), 'utf8').replace('PLACE', place.path));
    const server = await place.startServer('--db-system', 'mem', '--pipeline-config', 'pipeline.hcl', ...PASS);
    expect((await server.cli('jobs', 'trigger', '-p', 'pipeline', '-j', 'test')).code).toBe(0);
    const said = async (text: string): Promise<true> => {
      const log = await logOf(server, 'pipeline', 'test', 1);
      if (!log.includes(text)) throw new Error(`the log has no "${text}":\n${log}`);
      return true;
    };
    await eventually('the first try is under way', () => said('try 1: 1'), { timeoutMs: 60_000 });
    const first = await engine.docker('ps', '--quiet');
    const worker = processesOf(home.path).find(({ command }) => /pikoci worker/.test(command))?.pid ?? 0;
    expect(worker).toBeGreaterThan(0);
    process.kill(worker, 'SIGKILL');
    await eventually('the second try is under way', () => said('try 2: 1'), { timeoutMs: 60_000 });
    const second = await engine.docker('ps', '--all', '--quiet');
    expect(second.trim().split('\n')).toHaveLength(1);
    expect(second).not.toBe(first);
    place.write('go', '');
    expect((await endedBuild(server, 'pipeline', 'test', 1, 60_000)).status).toBe('succeeded');
    await server.stop();
    await nothingIsLeft();
  },
  TIMEOUT_MS,
);
