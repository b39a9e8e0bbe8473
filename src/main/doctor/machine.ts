/** The machine: what a worker would find on it. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, release, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { runProgram } from '../../builtins/run-program.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { sizeText } from '../../lib/size-text.ts';
import { cgroupFor } from '../../lib/system/cgroup.ts';
import { errnoCode } from '../../lib/system/errno.ts';
import { type Finding, good, note, problem } from './finding.ts';

type Seen = Omit<Finding, 'about'>;

/** Below it a build that writes much fills the disk. */
const LITTLE_SPACE = 2 * 1024 ** 3;
/** For one server with its worker; each live reader and each build takes some. */
const FEW_FILES = 1_024;

export async function lookAtSystem(): Promise<Seen> {
  const facts = `${process.platform} ${release()} on ${process.arch}, ${availableParallelism()} processors, ${sizeText(totalmem())} of memory`;
  if (process.platform === 'linux') return good(facts);
  return note(facts, 'taking over from a running server, limits and cgroups of steps need Linux; the rest works');
}

/** `directory`: where everything would be kept; it, or the directory it will be made in. */
export async function lookAtDataDirectory(directory: string): Promise<Seen> {
  const there = nearestExisting(directory);
  try {
    accessSync(there, constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = errnoCode(error);
    return problem(
      `${there} cannot be written to by this account${code === undefined ? '' : ` (${code})`}`,
      'name another one with --data-dir, or give it to this account',
    );
  }
  if (!statSync(there).isDirectory()) return problem(`${there} is no directory`, 'name another one with --data-dir');
  const { bavail, bsize } = statfsSync(there);
  const free = bavail * bsize;
  const text = `${directory}${there === directory ? '' : ' (will be made)'}, ${sizeText(free)} free`;
  return free < LITTLE_SPACE
    ? note(text, 'logs and artifacts are kept there: make room, or see docs/retention.md')
    : good(text);
}

function nearestExisting(path: string): string {
  if (existsSync(path) || dirname(path) === path) return path;
  return nearestExisting(dirname(path));
}

/** Scripts of steps and the runtime's own parts run from there. */
export async function lookAtTemporaryFiles(env: Readonly<Record<string, string | undefined>>): Promise<Seen> {
  const place = tmpdir();
  let directory: string;
  try {
    directory = await mkdtemp(join(place, 'pikoci-doctor-'));
  } catch (error) {
    return problem(
      `${place} cannot be written to (${errnoCode(error) ?? String(error)})`,
      'set TMPDIR to a directory of your own',
    );
  }
  try {
    const script = join(directory, 'script');
    await writeFile(script, '#!/bin/sh\nexit 0\n', { mode: 0o700 });
    await runProgram(script, [], { env });
    return good(place);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return problem(
      `nothing in ${place} can be started: ${error.message}`,
      'is it mounted noexec? set TMPDIR to another directory',
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export async function lookAtOpenFiles(env: Readonly<Record<string, string | undefined>>): Promise<Seen> {
  const { stdout } = await runProgram('/bin/sh', ['-c', 'ulimit -n'], { env });
  const most = stdout.trim();
  if (most === 'unlimited' || Number(most) > FEW_FILES) return good(`${most} at a time`);
  return note(
    `${most} at a time`,
    'fine for a few builds; for many raise it: ulimit -n 65536, or LimitNOFILE= of systemd',
  );
}

/** By a cgroup all that a step started is ended in one go; without, it is looked for. */
export async function lookAtCgroups(): Promise<Seen> {
  const hint =
    'steps are ended nevertheless, by looking for what they started; limits of memory need it: see docs/limits.md';
  const path = cgroupFor('doctor');
  if (path === undefined) return note('this system gives us no cgroup v2', hint);
  const base = dirname(dirname(path));
  try {
    accessSync(base, constants.W_OK);
    return good(base);
  } catch {
    return note(`${base} cannot be written to by this account`, hint);
  }
}
