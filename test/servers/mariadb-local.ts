/** MariaDB as an ordinary process on loopback: no container, no service of the machine. It refuses to run as root, so root lends it an account. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import { makeCertificate } from './https-server.ts';
import type { Availability } from './required.ts';
import { mustRun, runCommand } from './run-command.ts';
import { standStill } from './stand-still.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface MariadbServer extends AsyncDisposable {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly user: 'pikoci';
  readonly password: string;
  readonly url: string;
  /** Runs SQL by its client, in no database unless one is named, and answers what it printed, without headings. */
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

const PROGRAMS = ['mariadbd', 'mariadb', 'mariadb-install-db'] as const;

export function mariadbAvailability(): Availability {
  const missing = PROGRAMS.find((program) => findProgram(program) === undefined);
  if (missing !== undefined) return { available: false, reason: `${missing} is not installed (apt: mariadb-server)` };
  if (process.getuid?.() === 0 && account() === undefined) {
    return { available: false, reason: 'it does not run as root, and there is no other account' };
  }
  return { available: true };
}

function account(): { readonly name: string; readonly uid: number; readonly gid: number } | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('mysql:') || entry.startsWith('nobody:'));
  const [name = '', , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined ? undefined : { name, uid: Number(uid), gid: Number(gid) };
}

export async function startMariadb({ tls = false } = {}): Promise<MariadbServer> {
  const [daemon, client, install] = PROGRAMS.map((program) => findProgram(program) ?? program) as [
    string,
    string,
    string,
  ];
  const lent = process.getuid?.() === 0 ? account() : undefined;
  const directory = temporaryDirectory('mariadb');
  const [data, initFile] = [join(directory.path, 'data'), join(directory.path, 'init.sql')];
  writeFileSync(
    initFile,
    `create user if not exists pikoci@'%' identified by '${PASSWORD}';\ngrant all on *.* to pikoci@'%' with grant option;\n`,
  );
  const certificate = tls ? await makeCertificate(directory.path) : undefined;
  if (lent !== undefined) {
    for (const path of [directory.path, initFile, ...Object.values(certificate ?? {})]) {
      chownSync(path, lent.uid, lent.gid);
    }
  }
  const env = { PATH: process.env.PATH, MYSQL_PWD: PASSWORD };
  const own = { ...(lent && { uid: lent.uid, gid: lent.gid }), cwd: directory.path, env };
  const port = await freePort();
  const connection = ['--no-defaults', '--host=127.0.0.1', `--port=${port}`, '--user=pikoci'];
  let server: ChildProcess | undefined;

  const stop = async (): Promise<void> => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  };
  const query = (sql: string, database?: string): Promise<string> =>
    mustRun(
      client,
      [...connection, '--batch', '--skip-column-names', '-e', sql, ...(database === undefined ? [] : [database])],
      own,
    );
  const start = async (): Promise<void> => {
    const args = [
      ...[
        '--no-defaults',
        `--datadir=${data}`,
        `--socket=${join(directory.path, 'socket')}`,
        `--init-file=${initFile}`,
      ],
      ...[`--port=${port}`, '--bind-address=127.0.0.1', '--skip-log-bin', '--skip-name-resolve'],
      // What was committed outlives the process, and need not outlive the machine.
      ...['--innodb-flush-log-at-trx-commit=2', '--innodb-flush-method=nosync', '--sync-frm=OFF'],
      ...(certificate ? [`--ssl-cert=${certificate.certificate}`, `--ssl-key=${certificate.key}`] : []),
    ];
    server = spawn(daemon, args, { ...own, stdio: 'ignore' });
    for (let attempt = 0; ; attempt++) {
      const { code, stderr } = await runCommand(client, [...connection, '-e', 'select 1'], own);
      if (code === 0) return;
      if (attempt > 300 || server.exitCode !== null) {
        throw new Error(`MariaDB did not become ready within 30 s: ${stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const close = async (): Promise<void> => {
    await stop();
    await directory[Symbol.asyncDispose]();
  };
  try {
    await mustRun(
      install,
      ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'],
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
    user: 'pikoci',
    password: PASSWORD,
    url: `mysql://pikoci:${PASSWORD}@127.0.0.1:${port}/mysql`,
    certificate: certificate?.certificate,
    query,
    stop,
    start,
    pause: () => (server?.pid === undefined ? () => undefined : standStill(server.pid, false)),
    [Symbol.asyncDispose]: close,
  };
}
