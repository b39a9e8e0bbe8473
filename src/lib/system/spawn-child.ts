import { closeSync, statSync, writeSync } from 'node:fs';
import { CodedError } from '../coded-error.ts';
import { errnoCode } from './errno.ts';
import { findExecutable } from './executable.ts';
import { createMemoryFile } from './libc.ts';
import { runtimeHasBuried, runtimeWaitsFor } from './orphans.ts';
import { COOKIE_VARIABLE, cookieVariable } from './process-cookie.ts';
import { spawnError } from './spawn-error.ts';

/** How the main process ended. `signal` is a name, for real-time signals `SIGRTMIN+n`. Success is code 0 and nothing else. */
export type ProcessExit =
  | { readonly code: number; readonly signal: null }
  | { readonly code: null; readonly signal: string };

export interface ChildSpec {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin?: Uint8Array | undefined;
  readonly cookie: string;
  /** Descriptors the child gets; they stay open here. */
  readonly stdout: number;
  readonly stderr: number;
  /** A descriptor: the program starts once a line can be read from it, and not if there comes none. */
  readonly gate?: number | undefined;
  readonly onExit: (how: ProcessExit) => void;
}

const FIRST_REALTIME_SIGNAL = 34;

/**
 * Starts a child in a session and process group of its own and returns its pid. Uses the runtime's own spawn, not node's: that
 * one tells of a child killed by a real-time signal that it exited with 0. Errors: see `startProcess`.
 */
export function spawnChild(spec: ChildSpec): number {
  const [name, ...args] = spec.argv;
  refuseNullBytes(spec);
  if (statSync(spec.cwd, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new CodedError('exec.bad_directory', `cannot run ${name} in ${spec.cwd}: there is no such directory`);
  }
  const file = findExecutable(name, spec.env.PATH, spec.cwd);
  const stdin = spec.stdin === undefined ? undefined : memoryFileWith(spec.stdin);
  try {
    return spawn([file, ...args], name, spec, stdin);
  } catch (error) {
    if (errnoCode(error) !== 'ENOEXEC') throw spawnError(error, file, spec.argv);
    // A script without `#!`: every shell runs it with sh, so do we.
    return spawn(['/bin/sh', file, ...args], '/bin/sh', spec, stdin);
  } finally {
    if (stdin !== undefined) closeSync(stdin);
  }
}

/** Waits in the program's place, and becomes it. Its $0 is the program. */
const HOLD = 'read -r PIKOCI_GATE <&3 && exec 3<&- && exec "$0" "$@"';

function spawn(command: string[], argv0: string, spec: ChildSpec, stdin: number | undefined): number {
  const held = spec.gate === undefined ? undefined : ['/bin/sh', '-c', HOLD, ...command];
  const child = Bun.spawn(held ?? command, {
    ...(held === undefined && { argv0 }),
    cwd: spec.cwd,
    env: { ...spec.env, [COOKIE_VARIABLE]: cookieVariable(spec.cookie, process.env[COOKIE_VARIABLE]) },
    detached: true,
    stdio: [stdin ?? 'ignore', spec.stdout, spec.stderr, ...(spec.gate === undefined ? [] : [spec.gate])],
    onExit(exited, code, signal) {
      runtimeHasBuried(exited.pid);
      spec.onExit(exitOf(code, signal));
    },
  });
  runtimeWaitsFor(child.pid);
  return child.pid;
}

function exitOf(code: number | null, signal: string | number | null): ProcessExit {
  if (typeof signal === 'string') return { code: null, signal };
  if (typeof signal === 'number') return { code: null, signal: signalName(signal) };
  // Neither means that the system call that should have told failed. It is not a success.
  return code === null ? { code: null, signal: 'unknown' } : { code, signal: null };
}

function signalName(signal: number): string {
  const offset = signal - FIRST_REALTIME_SIGNAL;
  if (offset < 0) return `signal ${signal}`;
  return offset === 0 ? 'SIGRTMIN' : `SIGRTMIN+${offset}`;
}

function memoryFileWith(bytes: Uint8Array): number {
  const fd = createMemoryFile();
  // By position: the child shares the file's offset, which has to stay at 0.
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at, at);
  return fd;
}

function refuseNullBytes(spec: ChildSpec): void {
  const word = spec.argv.findIndex((text) => text.includes('\0'));
  if (word >= 0) {
    const which = word === 0 ? 'the name of the program' : `argument ${word} of ${spec.argv[0]}`;
    throw new CodedError('exec.bad_argument', `${which} contains a null byte, which no command can take`);
  }
  for (const [name, value] of Object.entries(spec.env)) {
    if (name === '' || /[=\0]/.test(name) || value.includes('\0')) {
      throw new CodedError(
        'exec.bad_argument',
        `the environment variable ${JSON.stringify(name)} cannot be passed on: a name has no "=" and neither has a null byte`,
      );
    }
  }
}
