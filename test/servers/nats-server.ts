/** NATS as an ordinary process on loopback, which a test may kill and start again on its port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import { programsAvailability } from './installed-programs.ts';
import type { Availability } from './required.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface NatsServer extends AsyncDisposable {
  readonly port: number;
  /** Without user and password. */
  readonly url: string;
  /** As a power cut would. */
  kill9(): Promise<void>;
  /** On the same port, with what lay on the disk. */
  start(): Promise<void>;
  /** It is there and says nothing. */
  pause(): void;
  resume(): void;
}

export interface NatsServerOptions {
  /** Arguments of `nats-server` beside address and directory: `--user`, `--pass`, `-c`, … */
  readonly args?: readonly string[];
  readonly jetStream?: boolean;
}

const READY_MS = 20_000;

export function natsAvailability(): Availability {
  return programsAvailability(['nats-server'], 'nats-server');
}

export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const program = findProgram('nats-server');
  if (program === undefined) throw new Error('nats-server is not installed');
  const directory = temporaryDirectory('nats');
  const port = await freePort();
  const args = [
    ...['--addr', '127.0.0.1', '--port', String(port)],
    ...(options.jetStream === false ? [] : ['--jetstream', '--store_dir', directory.path]),
    ...(options.args ?? []),
  ];
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const started = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    child = started;
    let output = '';
    started.stderr.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-10_000);
    });
    const until = Date.now() + READY_MS;
    while (!(await listens(port))) {
      if (started.exitCode !== null || Date.now() > until) {
        await kill9();
        throw new Error(`nats-server is not ready:\n${output}`);
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
    url: `nats://127.0.0.1:${port}`,
    kill9,
    start,
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    async [Symbol.asyncDispose]() {
      await kill9();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** It says who it is to whoever comes. */
async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    return await new Promise<boolean>((resolve) => {
      socket.on('data', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('close', () => resolve(false));
    });
  } finally {
    socket.destroy();
  }
}
