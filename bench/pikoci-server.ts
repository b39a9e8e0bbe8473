/** A running `pikoci server` for a measurement. */
import { type ChildProcess, spawn } from 'node:child_process';
import { API_BASE } from '../src/protocol/routes.ts';
import { PROGRAM, type Workplace } from './program.ts';

export interface MeasuredServer extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Signs in as admin, once. */
  readonly signInLink: string;
  /** What it said so far. */
  output(): string;
  /** From the start of the process to the first answer of its API, in ms. */
  readonly answeredInMs: number;
  /** At once, as the loss of power would. */
  kill9(): Promise<void>;
}

const START_MS = 20_000;

/** What keeps nothing, on a free port. */
export const IN_MEMORY = ['--db-system', 'mem', '--port', '0'] as const;

/** With its worker beside it, unless the arguments say otherwise. */
export async function startPikoci(place: Workplace, args: readonly string[]): Promise<MeasuredServer> {
  const begun = performance.now();
  const child = spawn(PROGRAM, ['server', ...args], {
    cwd: place.path,
    env: place.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const output = (): string => said;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      if (said.length < 1_000_000) said += chunk.toString();
    });
  }
  try {
    const { url, signInLink } = await greeting(child, output);
    const response = await fetch(`${url}${API_BASE}/info`);
    await response.arrayBuffer();
    return {
      url,
      signInLink,
      output,
      pid: child.pid ?? 0,
      answeredInMs: performance.now() - begun,
      kill9: () => end(child, 'SIGKILL'),
      [Symbol.asyncDispose]: () => end(child, 'SIGTERM'),
    };
  } catch (error) {
    await end(child, 'SIGTERM');
    throw error;
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.on('exit', resolve));
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MS);
  await ended;
  clearTimeout(timer);
}

/** What it says at its start; everything it printed, where it ends before. */
function greeting(
  child: ChildProcess,
  output: () => string,
): Promise<{ readonly url: string; readonly signInLink: string }> {
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => {
      clearTimeout(timer);
      reject(new Error(`pikoci server ${what}:\n${output()}`));
    };
    const timer = setTimeout(() => fail(`did not say where it listens within ${START_MS} ms`), START_MS);
    const look = (): void => {
      const link = /(https?:\/\/[\w.[\]:-]+:\d+)\/\S*[?&]token=[\w-]+(?=\s)/.exec(output());
      if (link?.[1] === undefined) return;
      clearTimeout(timer);
      resolve({ url: link[1], signInLink: link[0] });
    };
    child.stdout?.on('data', look);
    child.on('error', (error) => fail(`cannot be started: ${error.message}`));
    child.on('exit', (code) => fail(`ended with ${code}`));
  });
}
