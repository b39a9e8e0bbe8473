/** A PostgreSQL server of the programs that are installed on the worker, in a directory of its own. */
import { spawn } from 'node:child_process';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { errnoCode } from '../../lib/system/errno.ts';
import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import { runProgram } from '../run-program.ts';
import type { PostgresqlServer } from './server.ts';

const INSTALLED_UNDER = '/usr/lib/postgresql';
const START_TIMEOUT_MS = 30_000;
/** For each of the three ways to end it. */
const STOP_TIMEOUT_MS = 10_000;

/** The account it runs as: PostgreSQL refuses to be root. */
interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

export async function startProcess(server: PostgresqlServer, env: CommandEnv, io: CommandIo): Promise<void> {
  const bin = findPrograms(server.version, env, io);
  const account = await chooseAccount(env);
  makeDirectory(server.directory, account);
  try {
    await initialise(server, bin, account, env);
    await launch(server, bin, account, env, io);
  } catch (error) {
    rmSync(server.directory, { recursive: true, force: true });
    throw error;
  }
}

/** Ends the server and removes its directory. Whether there was one. */
export async function stopProcess(server: PostgresqlServer): Promise<boolean> {
  if (!existsSync(server.directory)) return false;
  const pid = readPid(server);
  if (pid !== undefined) {
    // Fast shutdown, then immediate.
    for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
      if (!send(pid, signal)) break;
      if (await isGone(server, pid)) break;
    }
  }
  rmSync(server.directory, { recursive: true, force: true });
  return true;
}

const dataOf = (server: PostgresqlServer): string => join(server.directory, 'data');
const logOf = (server: PostgresqlServer): string => join(server.directory, 'log');

/** The directory of `initdb` and `postgres`: that of the version asked for, else the newest there is, which is said. */
function findPrograms(version: string, env: CommandEnv, io: CommandIo): string {
  const wanted = version.split(/[.-]/)[0] ?? version;
  const installed = existsSync(INSTALLED_UNDER)
    ? readdirSync(INSTALLED_UNDER).sort((a, b) => Number(b) - Number(a))
    : [];
  const ordered = [...installed.filter((name) => name === wanted), ...installed.filter((name) => name !== wanted)];
  const candidates = [...ordered.map((name) => join(INSTALLED_UNDER, name, 'bin')), ...(env.PATH ?? '').split(':')];
  const found = candidates.find((dir) => existsSync(join(dir, 'initdb')) && existsSync(join(dir, 'postgres')));
  if (found === undefined) {
    throw new CodedError('program_missing', 'Neither docker nor a PostgreSQL of its own works on this worker.', {
      hint: 'Start docker there, or install PostgreSQL (initdb and postgres in its PATH).',
    });
  }
  const own = ordered[0];
  if (own !== undefined && own !== wanted && found.includes(own)) {
    io.stderr(`PostgreSQL ${version} is not installed here: using ${own}\n`);
  }
  return found;
}

async function chooseAccount(env: CommandEnv): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    const uid = await idOf(name, '-u', env);
    const gid = await idOf(name, '-g', env);
    if (uid !== undefined && gid !== undefined && uid !== 0) return { uid, gid };
  }
  throw new CodedError(
    'service_failed',
    'PostgreSQL refuses to run as root, and there is no account "postgres" or "nobody".',
  );
}

async function idOf(name: string, flag: '-u' | '-g', env: CommandEnv): Promise<number | undefined> {
  const result = await runProgram('id', [flag, name], { env });
  const id = Number(result.stdout.trim());
  return result.exitCode === 0 && Number.isInteger(id) ? id : undefined;
}

function makeDirectory(directory: string, account: Account): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (cause) {
    throw new CodedError(
      'service_failed',
      `${directory} is there already: this service is running, or was not stopped.`,
      {
        cause,
      },
    );
  }
  if (account.uid !== undefined && account.gid !== undefined) chownSync(directory, account.uid, account.gid);
}

async function initialise(server: PostgresqlServer, bin: string, account: Account, env: CommandEnv): Promise<void> {
  const passwordFile = join(server.directory, 'password');
  writeFileSync(passwordFile, `${server.password}\n`, { mode: 0o600 });
  if (account.uid !== undefined && account.gid !== undefined) chownSync(passwordFile, account.uid, account.gid);
  const options = { env: clean(env), cwd: server.directory, ...account };
  const args = [
    ...['--pgdata', dataOf(server), '--username', server.user, '--pwfile', passwordFile],
    ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--no-locale', '--no-sync'],
  ];
  const made = await runProgram(join(bin, 'initdb'), args, options);
  rmSync(passwordFile);
  if (made.exitCode !== 0) throw new CodedError('service_failed', `initdb failed: ${made.stderr.trim()}`);
  if (server.database === 'postgres') return;
  const create = `CREATE DATABASE "${server.database.replaceAll('"', '""')}"\n`;
  const single = ['--single', '-D', dataOf(server), '-c', 'exit_on_error=true', 'postgres'];
  const created = await runProgram(join(bin, 'postgres'), single, { ...options, stdin: create });
  if (created.exitCode !== 0) {
    throw new CodedError(
      'service_failed',
      `The database "${server.database}" could not be made: ${created.stderr.trim()}`,
    );
  }
}

async function launch(
  server: PostgresqlServer,
  bin: string,
  account: Account,
  env: CommandEnv,
  io: CommandIo,
): Promise<void> {
  const log = openSync(logOf(server), 'w', 0o600);
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(server.port),
    unix_socket_directories: '',
    // Nobody needs this data after a crash of the machine.
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(join(bin, 'postgres'), ['-D', dataOf(server), ...flags], {
    ...account,
    cwd: server.directory,
    env: clean(env),
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  const ended = new Promise<'ended'>((resolve) => {
    child.once('exit', () => resolve('ended'));
    child.once('error', () => resolve('ended'));
  });
  const outcome = await Promise.race([ended, isUp(server)]);
  child.unref();
  if (outcome === 'up') {
    io.stderr(`PostgreSQL runs as process ${child.pid} on port ${server.port}\n`);
    return;
  }
  if (child.pid !== undefined) send(child.pid, 'SIGQUIT');
  const why = existsSync(logOf(server))
    ? readFileSync(logOf(server), 'utf8').trim().split('\n').slice(-10).join('\n')
    : '';
  throw new CodedError('service_failed', `PostgreSQL did not start:\n${why}`, {
    ...(/address already in use/i.test(why) && {
      hint: `Port ${server.port} is taken: give the service another "port".`,
    }),
  });
}

/** The last line of `postmaster.pid` says when it takes connections. */
async function isUp(server: PostgresqlServer): Promise<'up' | 'late'> {
  const file = join(dataOf(server), 'postmaster.pid');
  for (let waited = 0; waited < START_TIMEOUT_MS; waited += 100) {
    if (existsSync(file) && /^ready\s*$/m.test(readFileSync(file, 'utf8'))) return 'up';
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return 'late';
}

function readPid(server: PostgresqlServer): number | undefined {
  const file = join(dataOf(server), 'postmaster.pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : Number.NaN;
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (errnoCode(error) === 'ESRCH') return false;
    throw error;
  }
}

/** A server that has shut down removes its `postmaster.pid`; one that was killed only leaves the table of processes. */
async function isGone(server: PostgresqlServer, pid: number): Promise<boolean> {
  for (let waited = 0; waited < STOP_TIMEOUT_MS; waited += 50) {
    if (readPid(server) === undefined || !isAlive(pid)) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (errnoCode(error) === 'ESRCH') return false;
    throw error;
  }
}

/** Parameters are in our environment, the password among them: the server's needs none of it. The cookie stays, so that it is found again. */
function clean(env: CommandEnv): Record<string, string | undefined> {
  return { PATH: env.PATH, LANG: 'C', PIKOCI_COOKIE: env.PIKOCI_COOKIE };
}
