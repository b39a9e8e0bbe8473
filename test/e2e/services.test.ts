/** The built-in services as processes of this machine's own servers, used by clients that do not come from them. */
import { afterAll, expect } from 'bun:test';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Login, ServiceName } from '../../src/builtins/services/service-facts.ts';
import { SERVICES } from '../../src/builtins/services/service-table.ts';
import { findProgram } from '../servers/find-program.ts';
import { freePort } from '../servers/free-port.ts';
import { programsAvailability } from '../servers/installed-programs.ts';
import { type PikociPlace, pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { postgresAvailability } from '../servers/postgres-local.ts';
import { processesOf } from '../servers/processes-of.ts';
import { testWith } from '../servers/required.ts';
import { temporaryDirectory } from '../servers/temporary-directory.ts';
import { watchCommandLines } from './command-lines.ts';
import { eventually } from './eventually.ts';

const executable = pikociAvailability();
const redis = programsAvailability(['redis-server'], 'redis-server');
const servers = {
  postgresql: { postgres: postgresAvailability() },
  mariadb: { mariadb: programsAvailability(['mariadbd', 'mariadb-install-db'], 'mariadb-server') },
  mysql: { mariadb: programsAvailability(['mysqld'], 'mariadb-server') },
  redis: { redis },
  nats: { nats: programsAvailability(['nats-server'], 'nats-server') },
  rabbitmq: { rabbitmq: programsAvailability(['rabbitmq-server'], 'rabbitmq-server') },
};
const withRedis = testWith({ executable, redis });
const TIMEOUT_MS = 180_000;

/** The tests' containers are in another file: here docker is not to be found, whatever this machine has. */
const NO_DOCKER = ['--pass-env', 'DOCKER_HOST'];
const home = temporaryDirectory('services-home');
afterAll(() => home[Symbol.asyncDispose]());
const environment = {
  PATH: process.env.PATH ?? '',
  HOME: home.path,
  TMPDIR: home.path,
  DOCKER_HOST: 'unix:///nowhere/docker.sock',
};

const RUN = ['run', '--pipeline-config', 'pipeline.hcl', ...NO_DOCKER];

/** What a step is told, and a step that waits until the test has seen enough. */
function jobWith(place: PikociPlace, services: string, more = ''): string {
  return `job "test" {
    ${services}
    task "use" {
      run "shell" {
        cmd = <<-EOT
          env | grep ^SERVICE_ > ${place.path}/told.part
          mv ${place.path}/told.part ${place.path}/told
          while ! test -e ${place.path}/go; do sleep 0.05; done
        EOT
      }
    }
    ${more}
  }`;
}

async function toldIn(place: PikociPlace): Promise<Record<string, string>> {
  const text = await eventually(
    'the environment of the step',
    async () => (existsSync(join(place.path, 'told')) ? readFileSync(join(place.path, 'told'), 'utf8') : undefined),
    { timeoutMs: TIMEOUT_MS },
  );
  const lines = text.trim().split('\n');
  return Object.fromEntries(
    lines.map((line) => [line.slice('SERVICE_'.length, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

const CHECKS: Partial<Record<ServiceName, (told: Record<string, string>) => Promise<void>>> = {
  async postgresql(told) {
    await using sql = new Bun.SQL(told.X_URL ?? '');
    expect([...(await sql`select current_user as who, current_database() as what`)]).toEqual([
      { who: 'app', what: 'my_db' },
    ]);
    const wrong = new Bun.SQL((told.X_URL ?? '').replace(told.X_PASSWORD ?? '', 'wrong'));
    expect(wrong`select 1`).rejects.toThrow(/password/);
  },
  mariadb: askMysql,
  mysql: askMysql,
  async redis(told) {
    const client = new Bun.RedisClient(told.X_URL);
    expect(await client.set('a', 'b')).toBe('OK');
    expect(await client.get('a')).toBe('b');
    client.close();
  },
};

async function askMysql(told: Record<string, string>): Promise<void> {
  await using sql = new Bun.SQL(told.X_URL ?? '');
  await sql`create table t (id int)`;
  await sql`insert into t values (42)`;
  expect([...(await sql`select id, database() as what from t`)]).toEqual([{ id: 42, what: 'my_db' }]);
  const wrong = new Bun.SQL((told.X_URL ?? '').replace(told.X_PASSWORD ?? '', 'wrong'));
  expect(wrong`select 1`).rejects.toThrow(/denied/);
}

const PARAMS: Partial<Record<ServiceName, string>> = {
  postgresql: 'version = "17"\nuser = "app"\ndatabase = "my_db"',
  mariadb: 'user = "app"\ndatabase = "my_db"',
  mysql: 'user = "app"\ndatabase = "my_db"\nversion = "8"',
  rabbitmq: 'database = "my_host"',
  nats: 'args = ["--debug"]',
};

for (const [name, needed] of Object.entries(servers) as [ServiceName, (typeof servers)[keyof typeof servers]][]) {
  testWith({ executable, ...needed })(
    `${name}: its steps can use it with what they are told, nobody else can, and nothing of it is left`,
    async () => {
      await using place = pikociPlace({ environment });
      place.write('pipeline.hcl', jobWith(place, `service "${name}" "x" {\n${PARAMS[name] ?? ''}\n}`));
      const run = place.start(RUN);
      const told = await Promise.race([
        toldIn(place),
        run.exited.then(() => {
          throw new Error(run.output());
        }),
      ]);
      const port = Number(told.X_PORT);
      const login: Login = { user: told.X_USER, password: told.X_PASSWORD, database: told.X_DATABASE };
      const address = { host: '127.0.0.1', port };
      expect(told).toMatchObject({ X_HOST: '127.0.0.1', X_ADDRESS: `127.0.0.1:${port}` });
      expect(told.X_URL).toBe(SERVICES[name].url(address, login));
      expect(await SERVICES[name].ready(address, login)).toBeUndefined();
      if (['redis', 'nats', 'rabbitmq'].includes(name)) {
        expect(await SERVICES[name].ready(address, { ...login, password: 'wrong' })).toBeString();
      }
      await CHECKS[name]?.(told);
      const seen = watchCommandLines([told.X_PASSWORD ?? '']);
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(seen.stop()).toEqual([]);
      writeFileSync(join(place.path, 'go'), '');
      expect([await run.exited, run.output()]).toEqual([0, expect.stringContaining('is stopped')]);
      expect(run.output()).not.toContain(told.X_PASSWORD ?? '');
      expect(await SERVICES[name].ready(address, login)).toBeString();
      const directory = /\/tmp\/pikoci-\w+-[0-9a-f]{16}/.exec(run.output())?.[0];
      if (directory !== undefined) expect(existsSync(directory)).toBe(false);
    },
    TIMEOUT_MS,
  );
}

withRedis(
  'two services of a type, one with an odd name, a port and a password of its own, and a hook that uses them',
  async () => {
    await using place = pikociPlace({ environment });
    const port = await freePort();
    place.write(
      'pipeline.hcl',
      `job "test" {
        service "redis" {}
        service "redis" "My.Second-cache" {
          port     = ${port}
          password = "of my own"
          args     = ["--databases", "3"]
        }
        task "use" {
          run "shell" { cmd = "exit 1" }
        }
        on_failure {
          task "look" {
            run "shell" { cmd = "echo \\"$SERVICE_MY_SECOND_CACHE_URL and $SERVICE_REDIS_HOST\\"" }
          }
        }
      }`,
    );
    const { code, stdout } = await place.run(RUN);
    expect([code, stdout]).toEqual([
      1,
      expect.stringContaining(`redis://default:of%20my%20own@127.0.0.1:${port} and 127.0.0.1`),
    ]);
    expect(stdout.match(/Redis is stopped/g)).toHaveLength(2);
  },
  TIMEOUT_MS,
);

withRedis(
  'what cannot be started says why',
  async () => {
    await using place = pikociPlace({ environment });
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const cases: [parameters: string, said: (string | RegExp)[]][] = [
      [
        `port = ${port}`,
        [`Port ${port} of this worker is taken by another program.`, 'give the service another "port"'],
      ],
      ['port = build.job', ['"port" is a number from 0 to 65535']],
      ['args = ["--no-such-setting", "1"]', ['no-such-setting', 'redis-server ended with exit code 1']],
      ['mode = "container"', [/In a container: .*docker.*[^.?!][.?!] As a process: mode is "container"/]],
      ['mode = build.job', [/"mode" is "auto", "container", "process"; not "\w+"\./]],
    ];
    for (const [parameters, said] of cases) {
      place.write('pipeline.hcl', jobWith(place, `service "redis" {\n${parameters}\n}`));
      const { code, stdout } = await place.run(RUN);
      expect(code).toBe(1);
      for (const words of said) {
        expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(words instanceof RegExp ? words : literal(words));
      }
      expect(stdout).toContain('start of the service redis ended with 1; the last it wrote:');
    }
    taken.close();
    // What is known before is said before anything runs.
    place.write('pipeline.hcl', jobWith(place, 'service "redis" {\nport = "many"\nmode = "vm"\n}'));
    const early = await place.run(RUN);
    expect([early.code, early.stdout]).toEqual([1, '']);
    expect(early.stderr).toMatch(/whole number from 0 to 65535, and "many" is not[\s\S]*"process", and "vm" is not/);
    place.write('pipeline.hcl', jobWith(place, 'service "mongodb" {}'));
    if (findProgram('mongod') === undefined) {
      const { stdout } = await place.run(RUN);
      expect(stdout).toMatch(/MongoDB cannot be started on this worker. In a container: .*As a process: mongod is not/);
    }
  },
  TIMEOUT_MS,
);

withRedis(
  'kill -9 of `pikoci run` leaves no service: it is stopped as if the run had ended, and so is what a step had running',
  async () => {
    await using place = pikociPlace({ environment });
    const more = `ensure {
      task "always" {
        run "shell" { cmd = "echo $BUILD_STATUS > ${place.path}/ensured" }
      }
    }`;
    place.write('pipeline.hcl', jobWith(place, 'service "redis" {}', more));
    const run = place.start(RUN);
    const told = await toldIn(place);
    const address = { host: '127.0.0.1', port: Number(told.REDIS_PORT) };
    const login: Login = { user: told.REDIS_USER, password: told.REDIS_PASSWORD, database: undefined };
    expect(await SERVICES.redis.ready(address, login)).toBeUndefined();
    await run.kill9();
    const isGone = async (): Promise<true | undefined> =>
      (await SERVICES.redis.ready(address, login)) !== undefined &&
      readdirSync(home.path).every((name) => !name.startsWith('pikoci-run-'))
        ? true
        : undefined;
    await eventually('the service and the directory are gone', isGone, { timeoutMs: 60_000 });
    expect(readFileSync(join(place.path, 'ensured'), 'utf8')).toBe('errored\n');
    await eventually('the guard is gone', async () => (processesOf(home.path).length === 0 ? true : undefined));
  },
  TIMEOUT_MS,
);

const literal = (text: string): RegExp => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i');
