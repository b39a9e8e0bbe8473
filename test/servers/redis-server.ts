/** Redis as an ordinary process on loopback, which a test may kill and start again on its port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import { programsAvailability } from './installed-programs.ts';
import type { Availability } from './required.ts';
import { mustRun } from './run-command.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  /** Without user and password. */
  readonly url: string;
  /** As a power cut would. */
  kill9(): Promise<void>;
  /** On the same port. */
  start(): Promise<void>;
  /** It is there and says nothing. */
  pause(): void;
  resume(): void;
  /** What redis-cli printed. */
  control(...args: string[]): Promise<string>;
}

export interface RedisServerOptions {
  /** Arguments of `redis-server` beside address and directory: `--requirepass`, `p`, … */
  readonly args?: readonly string[];
  /** Listens with TLS alone, with this certificate and key. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

const READY_MS = 20_000;

export function redisAvailability(): Availability {
  return programsAvailability(['redis-server', 'redis-cli'], 'redis-server');
}

export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const [program, cli] = ['redis-server', 'redis-cli'].map(findProgram);
  if (program === undefined || cli === undefined) throw new Error('redis-server is not installed');
  const directory = temporaryDirectory('redis');
  const port = await freePort();
  const { certificate, key } = options.tls ?? {};
  const args = [
    ...['--bind', '127.0.0.1', '--dir', directory.path, '--save', ''],
    ...(certificate === undefined || key === undefined
      ? ['--port', String(port)]
      : [
          ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'optional'],
          ...['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate],
        ]),
    ...(options.args ?? []),
  ];
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const started = spawn(program, args, { cwd: directory.path, stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    let output = '';
    for (const stream of [started.stdout, started.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-10_000);
      });
    }
    const until = Date.now() + READY_MS;
    while (!(await listens(port))) {
      if (started.exitCode !== null || Date.now() > until) {
        await kill9();
        throw new Error(`redis-server is not ready:\n${output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const kill9 = async (): Promise<void> => {
    const last = child;
    child = undefined;
    if (last === undefined || last.exitCode !== null || last.signalCode !== null) return;
    const gone = once(last, 'exit');
    last.kill('SIGKILL');
    await gone;
  };
  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill9,
    start,
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    control: (...command) => mustRun(cli, ['-p', String(port), ...command]),
    async [Symbol.asyncDispose]() {
      await kill9();
      await directory[Symbol.asyncDispose]();
    },
  };
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    return await new Promise<boolean>((resolve) => {
      socket.on('connect', () => resolve(true));
      socket.on('error', () => resolve(false));
    });
  } finally {
    socket.destroy();
  }
}
