/** A broker as an ordinary process on loopback, which a test may kill, pause, and start again with what lay on its disk. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';

export interface BrokerProcess {
  /** As a power cut would. */
  kill9(): Promise<void>;
  /** On the same ports, with what lay on the disk. */
  start(): Promise<void>;
  /** It is there and says nothing. */
  pause(): void;
  resume(): void;
}

export interface BrokerStart {
  readonly title: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly options?: Pick<SpawnOptions, 'cwd' | 'env'>;
  /** Whether it does its work already: nobody is sent to it before. */
  readonly ready: () => Promise<boolean>;
  readonly readyMs: number;
}

export const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Is started when this returns. */
export async function startBroker({ title, program, args, options, ready, readyMs }: BrokerStart) {
  let child: ChildProcess | undefined;
  // To its group, because scripts may stand between.
  const signal = (name: NodeJS.Signals): void => {
    if (child?.pid !== undefined && !hasEnded(child)) process.kill(-child.pid, name);
  };
  const kill9 = async (): Promise<void> => {
    const last = child;
    if (last === undefined || hasEnded(last)) return;
    const gone = once(last, 'exit');
    signal('SIGKILL');
    await gone;
  };
  const start = async (): Promise<void> => {
    const started = spawn(program, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    let output = '';
    for (const stream of [started.stdout, started.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-20_000);
      });
    }
    const until = Date.now() + readyMs;
    while (!(await ready())) {
      if (hasEnded(started) || Date.now() > until) {
        await kill9();
        throw new Error(`${title} is not ready:\n${output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await start();
  return {
    kill9,
    start,
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
  } satisfies BrokerProcess;
}

/** What comes first from a port of loopback: that it is open, or bytes, where something may have to be said before they come. */
export async function hears(
  port: number,
  what: 'connect' | 'data',
  { say, withinMs }: { readonly say?: readonly number[]; readonly withinMs?: number } = {},
): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    return await new Promise<boolean>((resolve) => {
      if (say !== undefined) socket.on('connect', () => socket.write(Buffer.from(say)));
      socket.on(what, () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('close', () => resolve(false));
      if (withinMs !== undefined) setTimeout(() => resolve(false), withinMs).unref();
    });
  } finally {
    socket.destroy();
  }
}
