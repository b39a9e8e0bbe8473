/** A service as a process of the programs that are installed on the worker, in a directory of its own, listening on 127.0.0.1. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { basename, join } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { findFreePort } from '../../lib/system/free-port.ts';
import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import { runProgram } from '../run-program.ts';
import { type Account, chooseAccount, giveTo } from './account.ts';
import type { ServiceServer } from './read-server.ts';
import type { ProcessPlace, ProcessSpec } from './service-facts.ts';

const TRIES = 3;
const LISTEN_TIMEOUT_MS = 120_000;
const LOOK_EVERY_MS = 50;

export interface StartedProcess {
  readonly pid: number;
  readonly port: number;
}

/** Resolves when it takes connections. Throws `service_failed` when it ends before that. */
export async function startProcess(
  server: ServiceServer,
  programs: Readonly<Record<string, string>>,
  env: CommandEnv,
  io: CommandIo,
): Promise<StartedProcess> {
  const { facts } = server;
  const account = await chooseAccount(facts.process.accounts, env);
  const version = await askVersion(server, programs, env, io);
  for (let tried = 1; ; tried += 1) {
    const port = server.port === 0 ? await findFreePort() : server.port;
    if (server.port !== 0 && !(await isFree(port))) throw portIsTaken(server);
    const place = makePlace({ server, programs, account, port, version, env, io, tried });
    const spec = await facts.process.prepare(place);
    const child = launch(spec, place.directory, account, env);
    const ended = endOf(child);
    const outcome = await Promise.race([ended, listens(port, ended)]);
    if (outcome === 'listens') {
      await afterStart(server, port, child);
      io.stderr(
        `${[facts.title, shortVersion(version)].filter(Boolean).join(' ')} runs as process ${child.pid} on port ${port}\n`,
      );
      child.unref();
      return { pid: child.pid ?? 0, port };
    }
    if (outcome === 'late') child.kill('SIGKILL');
    // Somebody took the port between our look and the server's.
    if (outcome !== 'late' && server.port === 0 && tried < TRIES && !(await isFree(port))) continue;
    const how = outcome === 'late' ? `does not listen after ${LISTEN_TIMEOUT_MS / 1000} s` : outcome;
    throw new CodedError('service_failed', `${facts.title} did not start: ${basename(spec.program)} ${how}.`, {
      hint: 'What it wrote stands above.',
    });
  }
}

async function afterStart({ facts, login }: ServiceServer, port: number, child: ChildProcess): Promise<void> {
  try {
    await facts.process.afterStart?.({ host: '127.0.0.1', port }, login);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** Says so when another version is installed than the one that is wanted: it is taken all the same. */
async function askVersion(
  { facts, version: wanted }: ServiceServer,
  programs: Readonly<Record<string, string>>,
  env: CommandEnv,
  io: CommandIo,
): Promise<string> {
  const { versionArgs } = facts.process;
  if (versionArgs.length === 0) return '';
  const [program = ''] = Object.values(programs);
  const { stdout, stderr } = await runProgram(program, versionArgs, { env: serverEnvironment(env, '/tmp') });
  const text = `${stdout}${stderr}`;
  const has = shortVersion(text);
  const asked = /^\d+(\.\d+)*/.exec(wanted ?? '')?.[0];
  if (asked !== undefined && has !== '' && has !== asked && !has.startsWith(`${asked}.`)) {
    io.stderr(`warning: ${facts.title} ${asked} is not installed on this worker: using ${has}\n`);
  }
  return text;
}

const shortVersion = (text: string): string => /\d+(?:\.\d+)+/.exec(text)?.[0] ?? '';

interface Parts {
  readonly server: ServiceServer;
  readonly programs: Readonly<Record<string, string>>;
  readonly account: Account;
  readonly port: number;
  readonly version: string;
  readonly env: CommandEnv;
  readonly io: CommandIo;
  readonly tried: number;
}

function makePlace({ server, programs, account, port, version, env, io, tried }: Parts): ProcessPlace {
  const directory = join(server.directory, `home-${tried}`);
  mkdirSync(directory, { mode: 0o700 });
  giveTo(directory, account);
  return {
    directory,
    port,
    login: server.login,
    args: server.args,
    env,
    io,
    programs,
    version,
    write(name, text) {
      const path = join(directory, name);
      writeFileSync(path, text, { mode: 0o600 });
      giveTo(path, account);
      return path;
    },
    own: (path) => giveTo(path, account),
    async run(program, args, stdin) {
      const options = { env: serverEnvironment(env, directory), cwd: directory, ...account };
      const result = await runProgram(program, args, { ...options, ...(stdin !== undefined && { stdin }) });
      if (result.exitCode === 0) return;
      const said = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-10).join('\n');
      throw new CodedError('service_failed', `${basename(program)} failed: ${said}`);
    },
    freePort: () => findFreePort(),
  };
}

function launch(spec: ProcessSpec, directory: string, account: Account, env: CommandEnv): ChildProcess {
  return spawn(spec.program, [...spec.args], {
    ...account,
    cwd: directory,
    env: { ...serverEnvironment(env, directory), ...spec.env },
    // What it writes is the log of the service.
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
}

/** Parameters are in our environment, the password among them: the server's needs none of it. The cookie stays, so that it is found again. */
function serverEnvironment(env: CommandEnv, home: string): Record<string, string> {
  const { PATH, PIKOCI_COOKIE, JAVA_HOME } = env;
  return {
    HOME: home,
    TMPDIR: home,
    LANG: 'C.UTF-8',
    ...(PATH !== undefined && { PATH: `${PATH}:/usr/sbin:/sbin` }),
    ...(PIKOCI_COOKIE !== undefined && { PIKOCI_COOKIE }),
    ...(JAVA_HOME !== undefined && { JAVA_HOME }),
  };
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) =>
      resolve(signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`),
    );
    child.once('error', (error) => resolve(`could not be started (${error.message})`));
  });
}

async function listens(port: number, ended: Promise<string>): Promise<'listens' | 'late'> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const until = performance.now() + LISTEN_TIMEOUT_MS;
  while (performance.now() < until && !over) {
    if (await takesConnections(port)) return 'listens';
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return 'late';
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

function portIsTaken(server: ServiceServer): CodedError {
  return new CodedError('service_failed', `Port ${server.port} of this worker is taken by another program.`, {
    hint: 'Give the service another "port", or none: then it takes a free one and says which in SERVICE_…_PORT.',
  });
}
