/**
 * A place that is not this worker, where the command of a step runs: a machine behind ssh, a pod. All that is asked of it is a shell and tar.
 *
 * 1. The build's directory is packed, sent, and unpacked there.
 * 2. A shell there is given the command by its standard input, so that neither the script nor a value of the environment is on a command line
 *    of either machine. What it writes is the log.
 * 3. The directory comes back, with all that the command made or changed; what it deleted there stays here.
 *
 * The standard input stays open while the command runs: when it ends, because the step is cancelled, or the worker or the network between is
 * gone, a watcher there ends the command with all it started.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { shellQuote } from '../../pipeline/expand-command.ts';
import { runProgram } from '../run-program.ts';
import { remoteProgram } from './remote-program.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface RemotePlace {
  /** In messages: `the machine build.example.com`. */
  readonly title: string;
  /** The program and arguments that run a script in a shell there. The script never holds a secret. */
  readonly shell: (script: string) => readonly [string, ...string[]];
  /** Of that program. */
  readonly env: Environment;
  /** Prints a new directory, in which `work` is the one for the build. */
  readonly makeDirectory: string;
}

export interface RemoteCommand {
  readonly workDir: string;
  readonly script: string;
  /** What reads the script: `/bin/sh`. */
  readonly shell: string;
  /** Where it starts, within the build's directory. */
  readonly dir: string;
  readonly environment: Environment;
  /** What stands for the build's directory in values of the environment. */
  readonly standIn: string;
  /** Ends the command. */
  readonly signal: AbortSignal;
}

/** After TERM the command there has five seconds; then the line is cut. */
const LONGEST_END_MS = 10_000;

/** Gives the exit code of the command. Throws `remote_failed`, and what `runProgram` throws. */
export async function runRemotely(place: RemotePlace, command: RemoteCommand): Promise<number> {
  const directory = await send(place, command.workDir);
  const note = `.pikoci-${basename(directory)}`;
  try {
    const said = await runThere(place, command, directory, note);
    if (command.signal.aborted) return said;
  } catch (error) {
    await remove(place, directory);
    throw error;
  }
  await fetchBack(place, command.workDir, directory);
  const exitCode = takeNote(join(command.workDir, note));
  if (exitCode !== undefined) return exitCode;
  throw new CodedError('remote_failed', `${place.title} was lost while the command ran`, {
    hint: 'What the programs said stands above.',
  });
}

/** The exit code in the file, which goes. */
function takeNote(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8').trim();
  rmSync(file);
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

async function remove(place: RemotePlace, directory: string): Promise<void> {
  const [program, ...args] = place.shell(`rm -rf ${shellQuote(directory)}`);
  await runProgram(program, args, { env: place.env });
}

async function send(place: RemotePlace, workDir: string): Promise<string> {
  const script = `d=$(${place.makeDirectory}) && mkdir -p "$d/work" && tar -xpof - -C "$d/work" && echo "$d"`;
  const pack = start(['tar', '-C', workDir, '-cf', '-', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const unpack = start(place.shell(script), { env: definedOnly(place.env), stdio: ['pipe', 'pipe', 'inherit'] });
  const said: Buffer[] = [];
  unpack.stdout?.on('data', (bytes: Buffer) => said.push(bytes));
  await joined(pack, unpack, `sending the build's directory to ${place.title}`);
  return Buffer.concat(said).toString('utf8').trim().split('\n').at(-1) ?? '';
}

/** The exit code of the program that ran it there. */
async function runThere(place: RemotePlace, command: RemoteCommand, directory: string, note: string): Promise<number> {
  // The TERM that all of us get is for us: the command there is ended first, and its last words are heard.
  const child = start(['/bin/sh', '-c', 'trap "" TERM; exec "$@"', 'sh', ...place.shell('exec /bin/sh -s')], {
    env: definedOnly(place.env),
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const { stdin } = child;
  stdin?.on('error', () => undefined);
  stdin?.write(remoteProgram(command, directory, note));
  let cut: ReturnType<typeof setTimeout> | undefined;
  const end = (): void => {
    stdin?.end();
    cut = setTimeout(() => child.kill('SIGKILL'), LONGEST_END_MS);
  };
  if (command.signal.aborted) end();
  else command.signal.addEventListener('abort', end, { once: true });
  const exitCode = await exitOf(child);
  command.signal.removeEventListener('abort', end);
  clearTimeout(cut);
  stdin?.end();
  return exitCode;
}

/** All that is there, and nothing is left there. */
async function fetchBack(place: RemotePlace, workDir: string, directory: string): Promise<void> {
  const work = shellQuote(`${directory}/work`);
  const script = `tar -C ${work} -cf - .; status=$?; rm -rf ${shellQuote(directory)}; exit $status`;
  const pack = start(place.shell(script), { env: definedOnly(place.env), stdio: ['ignore', 'pipe', 'inherit'] });
  const unpack = start(['tar', '-xpof', '-', '-C', workDir], { stdio: ['pipe', 'ignore', 'inherit'] });
  await joined(pack, unpack, `fetching the build's directory from ${place.title}`);
}

function start([program, ...args]: readonly [string, ...string[]], options: SpawnOptions): ChildProcess {
  const child = spawn(program, args, options);
  child.on('error', () => undefined);
  return child;
}

async function exitOf(child: ChildProcess): Promise<number> {
  if (child.pid === undefined) {
    throw new CodedError('program_missing', `${child.spawnfile} is not installed on this worker.`, {
      hint: `Install ${child.spawnfile}, or see that the worker's PATH leads to it.`,
    });
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return child.exitCode ?? 128;
}

async function joined(from: ChildProcess, to: ChildProcess, what: string): Promise<void> {
  if (to.stdin !== null) {
    to.stdin.on('error', () => undefined);
    from.stdout?.pipe(to.stdin);
  }
  const codes = await Promise.all([exitOf(from), exitOf(to)]);
  // tar's 1: a file changed while it was read.
  if (codes.every((code) => code <= 1) && codes[1] === 0) return;
  throw new CodedError('remote_failed', `${what} failed`, { hint: 'What the programs said stands above.' });
}

function definedOnly(env: Environment): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}
