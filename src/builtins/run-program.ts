import { spawn } from 'node:child_process';
import { CodedError } from '../lib/coded-error.ts';

export interface ProgramOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly stdin?: string;
  /** What it writes to stderr, as it comes. Default: kept, and given with the result. */
  readonly onStderr?: (text: string) => void;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

export interface ProgramResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end; the exit code is the caller's to judge (killed by a signal is 128). Throws `program_missing` when there is no such
 * program, `program_failed_to_start` when the system refuses to start it.
 */
export function runProgram(path: string, args: readonly string[], options: ProgramOptions): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, [...args], {
      env: definedOnly(options.env),
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.cwd !== undefined && { cwd: options.cwd }),
      ...(options.uid !== undefined && { uid: options.uid }),
      ...(options.gid !== undefined && { gid: options.gid }),
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      err.push(chunk);
      options.onStderr?.(chunk.toString('utf8'));
    });
    child.on('error', (error) => reject(startError(path, error)));
    child.on('close', (code) =>
      resolve({
        exitCode: code ?? 128,
        stdout: Buffer.concat(out).toString('utf8'),
        stderr: Buffer.concat(err).toString('utf8'),
      }),
    );
    // A program that ends without reading all of it is no failure of ours.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
  });
}

function startError(path: string, cause: Error): CodedError {
  const missing = 'code' in cause && cause.code === 'ENOENT';
  return missing
    ? new CodedError('program_missing', `${path} is not installed on this worker.`, {
        hint: `Install ${path}, or see that the worker's PATH leads to it.`,
        cause,
      })
    : new CodedError('program_failed_to_start', `${path} could not be started: ${cause.message}`, { cause });
}

function definedOnly(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}
