/**
 * The built executable, `dist/pikoci`, as a person starts it: in a directory of its own, with nothing in its environment but what is given.
 *
 *     await using place = pikociPlace();
 *     place.write('pipeline.hcl', '…');
 *     await using server = await place.startServer('--db-system', 'mem', '--pipeline-config', 'pipeline.hcl');
 *     await server.cli('builds', 'list', '--pipeline', 'pipeline', '--job', 'hello', '--json');
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isExecutable } from './find-program.ts';
import { processesOf } from './processes-of.ts';
import type { Availability } from './required.ts';
import { type CommandResult, runCommand } from './run-command.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export const EXECUTABLE = resolve(import.meta.dirname, '../../dist/pikoci');

const START_MS = 30_000;
const STOP_MS = 30_000;

export interface PikociPlace extends AsyncDisposable {
  /** Where everything is started; commands and servers of one place find each other as on one account. Temporary files lie in its `tmp`. */
  readonly path: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Writes a file and answers its path. */
  write(path: string, content: string): string;
  /** Runs `pikoci ARGS` to its end. */
  run(
    args: readonly string[],
    options?: { readonly timeoutMs?: number; readonly env?: Readonly<Record<string, string>> },
  ): Promise<CommandResult>;
  /** Starts `pikoci ARGS` and leaves it running. `more`: of its environment. */
  start(args: readonly string[], more?: Readonly<Record<string, string>>): RunningProgram;
  /** `pikoci server ARGS` on a free port, once it says where it listens. Rejects with its output when it ends or says nothing for 30 s. */
  startServer(...args: readonly string[]): Promise<RunningServer>;
}

export interface RunningProgram extends AsyncDisposable {
  readonly pid: number;
  /** Everything it printed so far, both streams as they came. */
  output(): string;
  /** Resolves with the first match in the output; rejects when the program ends without one, or after the time (30 s). */
  waitForOutput(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  signal(name: NodeJS.Signals): void;
  /** Stops reading what it prints, as `head` does when it has enough. */
  closeOutput(): void;
  /** Its exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  /** Sends SIGTERM and waits; one that is still there after 30 s is killed, and that is an error. */
  stop(name?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
  /** As a power cut: this process alone, at once. */
  kill9(): Promise<void>;
}

export interface RunningServer extends RunningProgram {
  readonly url: string;
  /** From the start of the process to the line that says where it listens. */
  readonly startedInMs: number;
  /** The link that signs in as admin, where it printed one. */
  readonly signInUrl: string | undefined;
  /** `pikoci ARGS --url URL`. */
  cli(...args: readonly string[]): Promise<CommandResult>;
  /** The same for one that prints JSON and must succeed. */
  json(...args: readonly string[]): Promise<unknown>;
}

export function pikociAvailability(): Availability {
  return isExecutable(EXECUTABLE)
    ? { available: true }
    : { available: false, reason: 'dist/pikoci is not built (npm run build)' };
}

/** By default the environment is PATH, and HOME and TMPDIR of its own. Everything started is stopped at the end, and what is left then is an error. */
export function pikociPlace(options: { readonly environment?: Readonly<Record<string, string>> } = {}): PikociPlace {
  const directory = temporaryDirectory('place');
  const temporary = join(directory.path, 'tmp');
  mkdirSync(temporary);
  const environment = options.environment ?? { PATH: process.env.PATH ?? '', HOME: directory.path, TMPDIR: temporary };
  const programs: RunningProgram[] = [];

  const place: PikociPlace = {
    path: directory.path,
    environment,
    write(path, content) {
      const file = join(directory.path, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
    run: (args, { timeoutMs = 60_000, env } = {}) =>
      runCommand(EXECUTABLE, args, { cwd: directory.path, env: { ...environment, ...env }, timeoutMs }),
    start(args, more = {}) {
      const program = runningProgram(
        spawn(EXECUTABLE, args, { cwd: directory.path, env: { ...environment, ...more } }),
      );
      programs.push(program);
      return program;
    },
    async startServer(...args) {
      const begun = performance.now();
      const program = place.start(['server', '--port', '0', ...args]);
      const [, url = ''] = await program.waitForOutput(/listening\s+(http:\/\/[\w.[\]:-]+:\d+)/, START_MS);
      const startedInMs = performance.now() - begun;
      const cli = (...command: readonly string[]): Promise<CommandResult> => place.run([...command, '--url', url]);
      return {
        ...program,
        url,
        startedInMs,
        get signInUrl() {
          return /https?:\/\/\S+[?&]token=[\w-]+/.exec(program.output())?.[0];
        },
        cli,
        async json(...command) {
          const { code, stdout, stderr } = await cli(...command);
          if (code !== 0) throw new Error(`pikoci ${command.join(' ')} exited ${code}: ${stderr}${stdout}`);
          return JSON.parse(stdout);
        },
      };
    },
    async [Symbol.asyncDispose]() {
      for (const program of programs) await program[Symbol.asyncDispose]();
      const left = processesOf(directory.path);
      for (const { pid } of left) killIfThere(pid);
      await directory[Symbol.asyncDispose]();
      if (left.length > 0) throw new Error(`left running: ${left.map(({ command }) => command).join('; ')}`);
    },
  };
  return place;
}

function runningProgram(child: ChildProcess): RunningProgram {
  const parts: Buffer[] = [];
  const watchers = new Set<() => void>();
  const collect = (chunk: Buffer): void => {
    parts.push(chunk);
    for (const watcher of [...watchers]) watcher();
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  const output = (): string => Buffer.concat(parts).toString();
  const exited = new Promise<number | NodeJS.Signals>((done, failed) => {
    child.on('error', failed);
    child.on('close', (code, signal) => {
      done(code ?? signal ?? 'SIGKILL');
      for (const watcher of [...watchers]) watcher();
    });
  });
  // Whoever waits for it hears of a failure to start; nobody has to.
  exited.catch(() => undefined);
  const running = (): boolean => child.exitCode === null && child.signalCode === null && child.pid !== undefined;

  const stop = async (name: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> => {
    if (!running()) return exited;
    child.kill(name);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, STOP_MS);
    const code = await exited;
    clearTimeout(timer);
    if (late) throw new Error(`still running ${STOP_MS} ms after ${name}:\n${output()}`);
    return code;
  };

  return {
    pid: child.pid ?? 0,
    output,
    exited,
    waitForOutput: (pattern, timeoutMs = 30_000) =>
      new Promise((found, failed) => {
        const end = (): void => {
          clearTimeout(timer);
          watchers.delete(look);
        };
        const look = (): void => {
          const match = pattern.exec(output());
          if (match) {
            end();
            found(match);
          } else if (!running()) {
            end();
            failed(new Error(`ended before it printed ${pattern}:\n${output()}`));
          }
        };
        const timer = setTimeout(() => {
          end();
          failed(new Error(`did not print ${pattern} within ${timeoutMs} ms:\n${output()}`));
        }, timeoutMs);
        watchers.add(look);
        look();
      }),
    signal: (name) => void child.kill(name),
    closeOutput: () => child.stdout?.destroy(),
    stop,
    async kill9() {
      if (!running()) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
