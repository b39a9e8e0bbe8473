/**
 * The worker of `--run-worker`: a child process, so that its crash, its memory and its descriptors are not the server's.
 *
 * It is started again when it dies: at once the first time, then after a while that doubles up to 30 s and starts over when one has lived for a
 * minute. A worker of an earlier server that still holds the data directory (that server was killed, the worker finished what it had)
 * is waited for: it speaks to this server by the same socket with the same token meanwhile.
 *
 * One that is there and says nothing (it was stopped by a signal, it hangs) is killed, and so another is started: nobody else would take its place.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Logger } from '../lib/logger.ts';
import { selfCommand } from './self-command.ts';
import type { Ending } from './until-signal.ts';

export interface ChildWorkerOptions {
  /** Arguments after `pikoci worker`. No secrets: those go into `environment`. */
  readonly args: readonly string[];
  /** Besides what this process has; what is `undefined` it does not get. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly silence: SilenceLimit;
  /** What starts this program; for tests. */
  readonly command?: readonly [string, ...string[]];
}

export interface SilenceLimit {
  /** Well over the distance of a worker's heartbeats, and over its lease. */
  readonly limitMs: number;
  /** When the worker was heard last, by `performance.now()`; `undefined`: not yet. */
  readonly heardAt: () => number | undefined;
}

export interface ChildWorker {
  /** Process id of the one that runs now. */
  pid(): number | undefined;
  /** Asks it to stop, then KILL after the grace; resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
  /** Lets it finish what it runs and take nothing new; resolves when it is gone. */
  drain(): Promise<void>;
}

/** The exit code of a worker whose data directory is held by another. */
export const WORKER_DIRECTORY_HELD = 75;
const LONGEST_WAIT_MS = 30_000;
const HELD_WAIT_MS = 1_000;
const STEADY_MS = 60_000;

export function startChildWorker(options: ChildWorkerOptions): ChildWorker {
  const { args, environment, logger, silence } = options;
  let child: ChildProcess | undefined;
  let stopping = false;
  let waitMs = 0;
  let startedAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function start(): void {
    timer = undefined;
    const [program, ...before] = options.command ?? selfCommand();
    startedAt = performance.now();
    // Its standard input is a pipe from us: it ends when we die, however we die.
    const started = spawn(program, [...before, 'worker', ...args], {
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { ...process.env, ...environment },
    });
    child = started;
    started.stdin?.on('error', () => logger.debug('the worker closed its standard input'));
    started.on('error', (error) => logger.error(`the worker could not be started: ${error.message}`));
    started.on('exit', (code, signal) => {
      child = undefined;
      if (stopping) return;
      const lived = performance.now() - startedAt;
      if (code === WORKER_DIRECTORY_HELD) waitMs = HELD_WAIT_MS;
      else {
        if (lived > STEADY_MS) waitMs = 0;
        logger.warn(
          `the worker ended (${signal ?? `exit ${code}`}); ${waitMs === 0 ? 'starting it again' : `starting it again in ${waitMs / 1_000} s`}`,
        );
      }
      timer = setTimeout(start, waitMs);
      waitMs = code === WORKER_DIRECTORY_HELD ? 0 : Math.min(LONGEST_WAIT_MS, Math.max(1_000, waitMs * 2));
    });
  }

  let lookedAt = performance.now();
  /** When this process was held up itself, what the worker said meanwhile is still to be read: it gets another round. */
  function endSilent(): void {
    const now = performance.now();
    const heldUp = now - lookedAt > silence.limitMs / 2;
    lookedAt = now;
    const silentMs = now - Math.max(startedAt, silence.heardAt() ?? 0);
    if (child === undefined || heldUp || silentMs < silence.limitMs) return;
    const seconds = Math.round(silentMs / 1_000);
    logger.error(`the worker (process ${child.pid}) was not heard of for ${seconds} s: killing it, to start another`);
    child.kill('SIGKILL');
  }
  const watch = setInterval(endSilent, silence.limitMs / 4);

  /** By a word into its standard input, where it waits until the worker reads it: a signal that comes while the worker is starting may be lost. */
  async function end(how: Ending, graceMs: number | undefined): Promise<void> {
    stopping = true;
    clearTimeout(timer);
    clearInterval(watch);
    const last = child;
    if (last === undefined || last.exitCode !== null || last.signalCode !== null) return;
    const gone = once(last, 'exit');
    if (last.stdin?.writable === true) last.stdin.write(`${how}\n`);
    else last.kill(how === 'stop' ? 'SIGTERM' : 'SIGQUIT');
    const kill = graceMs === undefined ? undefined : setTimeout(() => last.kill('SIGKILL'), graceMs);
    await gone;
    clearTimeout(kill);
  }

  start();
  return {
    pid: () => child?.pid,
    stop: (graceMs) => end('stop', graceMs),
    drain: () => end('drain', undefined),
  };
}
