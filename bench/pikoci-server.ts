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
}

const START_MS = 20_000;

/** In memory, on a free port, with its worker beside it. */
export async function startPikoci(place: Workplace, args: readonly string[]): Promise<MeasuredServer> {
  const begun = performance.now();
  const child = spawn(PROGRAM, ['server', '--db-system', 'mem', '--port', '0', ...args], {
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
      [Symbol.asyncDispose]: () => stop(child),
    };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.on('exit', resolve));
  child.kill('SIGTERM');
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
