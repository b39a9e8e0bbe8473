/** RabbitMQ as an ordinary process on loopback, with an epmd, a node name, a home and ports of its own: several run side by side. */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BrokerProcess, hasEnded, hears, startBroker } from './broker-process.ts';
import { findProgram, isExecutable } from './find-program.ts';
import { freePort } from './free-port.ts';
import type { Availability } from './required.ts';
import { mustRun } from './run-command.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** With all that is about permissions; patterns as RabbitMQ's. */
export interface RabbitUser {
  readonly name: string;
  readonly password: string;
  /** By virtual host; none: it may not enter. */
  readonly may?: Readonly<Record<string, string>>;
}

export interface RabbitServerOptions {
  /** By default `guest` alone, who may do everything in `/`. */
  readonly users?: readonly RabbitUser[];
  /** Beside `/`. */
  readonly vhosts?: readonly string[];
  /** Listens with TLS, too, for those with a certificate that this one signed; for the name `localhost`. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

export interface RabbitServer extends BrokerProcess, AsyncDisposable {
  readonly port: number;
  /** As guest, in the virtual host `/`. */
  readonly url: string;
  /** Where it speaks TLS, if it does. */
  readonly tlsPort: number;
  /** What rabbitmqctl printed. */
  control(...args: string[]): Promise<string>;
}

const GUEST: RabbitUser = { name: 'guest', password: 'guest', may: { '/': '.*' } };
const READY_MS = 100_000;
/** The first words of AMQP 0-9-1. */
const AMQP = [0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1];
/** Debian's own scripts beside these want the account `rabbitmq`. */
const DEBIAN_BIN = '/usr/lib/rabbitmq/bin';

function findRabbit(): { readonly bin: string; readonly epmd: string } | undefined {
  const server = findProgram('rabbitmq-server');
  const epmd = findProgram('epmd');
  if (server === undefined || epmd === undefined) return undefined;
  const bin = isExecutable(join(DEBIAN_BIN, 'rabbitmq-server')) ? DEBIAN_BIN : join(server, '..');
  return { bin, epmd };
}

export function rabbitAvailability(): Availability {
  if (findRabbit() !== undefined) return { available: true };
  return { available: false, reason: 'rabbitmq-server is not installed (apt: rabbitmq-server)' };
}

export async function startRabbitServer(options: RabbitServerOptions = {}): Promise<RabbitServer> {
  const found = findRabbit();
  if (found === undefined) throw new Error('rabbitmq-server is not installed');
  const directory = temporaryDirectory('rabbit');
  const [port, tlsPort, epmdPort, distributionPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const at = (name: string): string => join(directory.path, name);
  for (const name of ['data', 'log', 'home', 'schema']) mkdirSync(at(name));
  writeFileSync(at('definitions.json'), JSON.stringify(definitionsOf(options)));
  writeFileSync(at('plugins'), '[].\n');
  writeFileSync(at('env.conf'), '');
  const config = [
    `load_definitions = ${at('definitions.json')}`,
    'log.console = true',
    'log.console.level = warning',
    'log.file = false',
    // What is free on the disk of a test's machine is no matter here.
    'disk_free_limit.absolute = 1MB',
    ...tlsConfig(tlsPort, options.tls),
  ];
  writeFileSync(at('rabbitmq.conf'), `${config.join('\n')}\n`);
  const env = {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: at('home'),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(epmdPort),
    RABBITMQ_NODENAME: 'pikoci@localhost',
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_CONF_ENV_FILE: at('env.conf'),
    RABBITMQ_CONFIG_FILE: at('rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: at('plugins'),
    RABBITMQ_MNESIA_BASE: at('data'),
    RABBITMQ_LOG_BASE: at('log'),
    RABBITMQ_SCHEMA_DIR: at('schema'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1} +S 2:2',
  };
  // In the foreground: the one that Erlang starts when there is none outlives it.
  const epmd = spawn(found.epmd, ['-address', '127.0.0.1', '-port', String(epmdPort)], { env, stdio: 'ignore' });
  let broker: BrokerProcess | undefined;
  const close = async (): Promise<void> => {
    await broker?.kill9();
    const gone = hasEnded(epmd) ? undefined : once(epmd, 'exit');
    epmd.kill('SIGKILL');
    await gone;
    await directory[Symbol.asyncDispose]();
  };
  try {
    broker = await startBroker({
      ...{ title: 'rabbitmq-server', program: join(found.bin, 'rabbitmq-server'), args: [] },
      ...{ options: { cwd: directory.path, env }, readyMs: READY_MS },
      // It answers the protocol's first words when it is ready, and not before: while it starts, it closes.
      ready: () => hears(port, 'data', { say: AMQP }),
    });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    port,
    tlsPort,
    url: `amqp://127.0.0.1:${port}`,
    ...broker,
    control: (...args) => mustRun(join(found.bin, 'rabbitmqctl'), ['--quiet', ...args], { cwd: directory.path, env }),
    [Symbol.asyncDispose]: close,
  };
}

function tlsConfig(port: number, tls: RabbitServerOptions['tls']): string[] {
  if (tls === undefined) return [];
  return [
    `listeners.ssl.default = 127.0.0.1:${port}`,
    `ssl_options.cacertfile = ${tls.certificate}`,
    `ssl_options.certfile = ${tls.certificate}`,
    `ssl_options.keyfile = ${tls.key}`,
    'ssl_options.verify = verify_peer',
    'ssl_options.fail_if_no_peer_cert = true',
  ];
}

/** What it loads when it starts, so that no user has to be made by a command that takes seconds. */
function definitionsOf({ users = [GUEST], vhosts = [] }: RabbitServerOptions): unknown {
  return {
    vhosts: ['/', ...vhosts].map((name) => ({ name })),
    users: users.map(({ name, password }) => ({
      name,
      password_hash: hashOf(password),
      hashing_algorithm: 'rabbit_password_hashing_sha256',
      tags: '',
    })),
    permissions: users.flatMap(({ name, may = {} }) =>
      Object.entries(may).map(([vhost, what]) => ({ user: name, vhost, configure: what, write: what, read: what })),
    ),
  };
}

function hashOf(password: string): string {
  const salt = randomBytes(4);
  return Buffer.concat([salt, createHash('sha256').update(salt).update(password).digest()]).toString('base64');
}
