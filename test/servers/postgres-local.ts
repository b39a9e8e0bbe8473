/** PostgreSQL as an ordinary process on loopback: no container, no service of the machine. It refuses to run as root, so root lends it an account. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, isExecutable } from './find-program.ts';
import { freePort } from './free-port.ts';
import { makeCertificate } from './https-server.ts';
import type { Availability } from './required.ts';
import { mustRun, runCommand } from './run-command.ts';
import { standStill } from './stand-still.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface PostgresPrograms {
  /** The directory of `initdb`, `postgres`, `pg_isready`, `psql`. */
  readonly bin: string;
  /** The account to run the server as, when we are root; it owns the data directory. */
  readonly account: { readonly uid: number; readonly gid: number } | undefined;
}

export interface PostgresServer extends AsyncDisposable {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly user: 'postgres';
  readonly password: string;
  readonly url: string;
  /** Runs SQL by psql, in the database `postgres` unless another is named, and answers what it printed, unaligned, without headings. */
  query(sql: string, database?: string): Promise<string>;
  /** With `tls`: the PEM file to trust it by, for the name `localhost`. */
  readonly certificate: string | undefined;
  /** At once, in the middle of whatever it does; what it had committed is there after `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** It is there and says nothing, until the returned function is called. */
  pause(): () => void;
}

/** A word that stands nowhere else, to be looked for where it must not be. */
const PASSWORD = 'open-sesame';
const DEBIAN_ROOT = '/usr/lib/postgresql';

/** What is needed to run a server here, or why there is none. */
export function findPostgres(): PostgresPrograms | { readonly reason: string } {
  const bin = [...debianDirectories(), ...pathDirectory()].find((directory) => isExecutable(join(directory, 'initdb')));
  if (bin === undefined) return { reason: 'its programs are not installed (apt: postgresql)' };
  if (process.getuid?.() !== 0) return { bin, account: undefined };
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('postgres:') || entry.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined)
    return { reason: 'it does not run as root, and there is no other account' };
  return { bin, account: { uid: Number(uid), gid: Number(gid) } };
}

export function postgresAvailability(): Availability {
  const found = findPostgres();
  return 'reason' in found ? { available: false, reason: found.reason } : { available: true };
}

function debianDirectories(): string[] {
  try {
    const versions = readdirSync(DEBIAN_ROOT).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(DEBIAN_ROOT, version, 'bin'));
  } catch {
    // Not Debian, or not installed: PATH is looked at too.
    return [];
  }
}

function pathDirectory(): string[] {
  const found = findProgram('initdb');
  return found === undefined ? [] : [join(found, '..')];
}

/** `durable`: what it has committed survives the loss of power, as in earnest; a test need not wait for that. */
export async function startPostgres({ tls = false, durable = false } = {}): Promise<PostgresServer> {
  const found = findPostgres();
  if ('reason' in found) throw new Error(`PostgreSQL cannot be started: ${found.reason}`);
  const { bin, account } = found;
  const directory = temporaryDirectory('postgres');
  const data = join(directory.path, 'data');
  const env = { PATH: process.env.PATH, LC_ALL: 'C', PGPASSWORD: PASSWORD };
  const passwordFile = join(directory.path, 'password');
  writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o644 });
  const certificate = tls ? await makeCertificate(directory.path) : undefined;
  if (account) {
    for (const path of [directory.path, ...Object.values(certificate ?? {})]) {
      chownSync(path, account.uid, account.gid);
    }
  }
  const own = { ...account, cwd: directory.path, env };
  const port = await freePort();
  const secure =
    certificate === undefined
      ? []
      : ['-c', 'ssl=on', '-c', `ssl_cert_file=${certificate.certificate}`, '-c', `ssl_key_file=${certificate.key}`];
  let server: ChildProcess | undefined;

  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    await exited;
  };
  const start = async (): Promise<void> => {
    const args = [
      '-D',
      data,
      '-p',
      `${port}`,
      '-h',
      '127.0.0.1',
      '-k',
      directory.path,
      ...(durable ? [] : ['-F']),
      ...secure,
    ];
    server = spawn(join(bin, 'postgres'), args, { ...own, stdio: 'ignore' });
    for (let attempt = 0; ; attempt++) {
      const { code } = await runCommand(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', `${port}`], own);
      if (code === 0) return;
      if (attempt > 300 || server.exitCode !== null) throw new Error('PostgreSQL did not become ready within 30 s');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const close = async (): Promise<void> => {
    // "Immediate": it need not tidy up what is deleted next.
    await stop('SIGQUIT');
    await directory[Symbol.asyncDispose]();
  };
  try {
    await mustRun(
      join(bin, 'initdb'),
      ['-D', data, '-U', 'postgres', '--no-sync', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8'],
      own,
    );
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password: PASSWORD,
    url: `postgresql://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`,
    certificate: certificate?.certificate,
    query: (sql, database = 'postgres') =>
      mustRun(
        join(bin, 'psql'),
        ['-h', '127.0.0.1', '-p', `${port}`, '-U', 'postgres', '-d', database, '-XAtqc', sql],
        own,
      ),
    stop: () => stop('SIGQUIT'),
    start,
    pause: () => (server?.pid === undefined ? () => undefined : standStill(server.pid, true)),
    [Symbol.asyncDispose]: close,
  };
}
