/** The machine's own sshd on loopback, with a configuration, host key and client key of this test's. Whoever has the key is the account of this test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import type { Availability } from './required.ts';
import { mustRun } from './run-command.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface SshServer extends AsyncDisposable {
  readonly account: string;
  /** On 127.0.0.1. */
  readonly port: number;
  /** The private key that opens it, as text and as a file of mode 0600. */
  readonly privateKey: string;
  readonly privateKeyFile: string;
  /** A `known_hosts` file with the server's key. */
  readonly knownHostsFile: string;
}

/** sshd wants to lower its rights there, even when it has none to lower. */
const SEPARATION_DIRECTORY = '/run/sshd';

export function sshAvailability(): Availability {
  if (!findProgram('sshd') || !findProgram('ssh')) {
    return { available: false, reason: 'it is not installed (apt: openssh-server)' };
  }
  return { available: true };
}

/** `forceCommand`: what is run whatever is asked for. */
export async function startSshServer(forceCommand?: string): Promise<SshServer> {
  const directory = temporaryDirectory('ssh');
  const at = (name: string): string => join(directory.path, name);
  for (const key of ['host', 'client']) {
    await mustRun('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', key, '-f', at(key)]);
  }
  // The runtime's own userInfo() says "unknown" where USER is not set.
  const account = await mustRun('id', ['-un']);
  const port = await freePort();
  const hostKey = readFileSync(at('host.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
  writeFileSync(at('known_hosts'), `[127.0.0.1]:${port} ${hostKey}\n`);
  writeFileSync(at('authorized_keys'), readFileSync(at('client.pub')));
  writeFileSync(
    at('sshd_config'),
    [
      'ListenAddress 127.0.0.1',
      `Port ${port}`,
      `HostKey ${at('host')}`,
      `AuthorizedKeysFile ${at('authorized_keys')}`,
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      ...(forceCommand === undefined ? [] : [`ForceCommand ${forceCommand}`]),
      '',
    ].join('\n'),
  );
  if (!existsSync(SEPARATION_DIRECTORY) && process.getuid?.() === 0) mkdirSync(SEPARATION_DIRECTORY, { mode: 0o755 });
  const said: Buffer[] = [];
  const daemon = spawn(findProgram('sshd') ?? 'sshd', ['-D', '-e', '-f', at('sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  daemon.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  if (!(await listens(daemon, port))) {
    await directory[Symbol.asyncDispose]();
    throw new Error(`sshd does not start: ${Buffer.concat(said).toString()}`);
  }
  return {
    account: account.trim(),
    port,
    privateKey: readFileSync(at('client'), 'utf8'),
    privateKeyFile: at('client'),
    knownHostsFile: at('known_hosts'),
    async [Symbol.asyncDispose]() {
      const exited = once(daemon, 'exit');
      daemon.kill();
      await exited;
      await directory[Symbol.asyncDispose]();
    },
  };
}

async function listens(daemon: ChildProcess, port: number): Promise<boolean> {
  for (let attempt = 0; attempt < 100 && daemon.exitCode === null; attempt++) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('connect', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (connected) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}
