/** One process of a run: it is killed, stands still, is started again with the same arguments, and writes into one file all the while. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { standStill } from '../servers/stand-still.ts';

export interface Program {
  readonly name: string;
  /** It runs from now on until it is ended: one that ends by itself, as a server does whose database is not there when it starts, is started again. */
  start(): void;
  /** Sends the signal, and waits until it is gone; one that is not within the time is killed. Gives whether it was. */
  end(signal: 'SIGKILL' | 'SIGTERM' | 'SIGQUIT', timeoutMs?: number): Promise<boolean>;
  /** `SIGSTOP`; with `all` whatever it has started stands still, too. The returned function lets them go on. */
  pause(all: boolean): () => void;
}

const END_MS = 60_000;
/** As those wait who look after services of a machine. */
const AGAIN_MS = 500;

export function createProgram(parts: {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly output: string;
}): Program {
  const { name, cwd, env, output } = parts;
  const [path, ...args] = parts.command;
  let child: ChildProcess | undefined;
  let wanted = false;
  const running = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null;
  function run(): void {
    if (running() || !wanted) return;
    const file = openSync(output, 'a');
    child = spawn(path, args, { cwd, env, stdio: ['ignore', file, file] });
    child.on('error', () => undefined);
    child.on('exit', () => setTimeout(run, AGAIN_MS));
    closeSync(file);
  }
  return {
    name,
    start() {
      wanted = true;
      run();
    },
    async end(signal, timeoutMs = END_MS) {
      wanted = false;
      const last = child;
      if (last === undefined || !running()) return false;
      const gone = once(last, 'exit');
      last.kill(signal);
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        last.kill('SIGKILL');
      }, timeoutMs);
      await gone;
      clearTimeout(timer);
      return late;
    },
    pause(all) {
      const pid = child?.pid;
      return pid === undefined || !running() ? () => undefined : standStill(pid, all);
    },
  };
}
