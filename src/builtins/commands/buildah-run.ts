/** An image from a Dockerfile, by buildah. */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import { runnerParam } from '../runner-param.ts';
import { textList } from '../text-list.ts';

const buildArguments = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** Gives the exit code of the first command of buildah that failed. */
export async function buildahRun(env: CommandEnv, io: CommandIo): Promise<number> {
  const tags = textList(runnerParam(env, 'tag'));
  const values = readBuildArguments(runnerParam(env, 'build_args'));
  const tls = runnerParam(env, 'insecure') === 'true' ? ['--tls-verify=false'] : [];
  const notes = mkdtempSync(join(tmpdir(), 'pikoci-buildah-'));
  const note = (name: string): string => readFileSync(join(notes, name), 'utf8').trim();
  const buildah = (...args: string[]): Promise<number> => run(['buildah', ...args], { ...env, ...values });
  const push = async (names: readonly string[]): Promise<number> => {
    for (const name of names) {
      io.stderr(`pushing ${name}\n`);
      const exitCode = await buildah('push', ...tls, '--digestfile', join(notes, 'digest'), '--', name);
      if (exitCode !== 0) return exitCode;
      tell(env, 'digest', note('digest'));
    }
    return 0;
  };
  try {
    const built = await buildah(
      ...['bud', '--log-level', 'info', `--isolation=${runnerParam(env, 'isolation') ?? 'chroot'}`, ...tls],
      ...tags.flatMap((tag) => ['--tag', tag]),
      // Without a value it is taken from the environment.
      ...Object.keys(values).flatMap((name) => ['--build-arg', name]),
      ...option('--file', runnerParam(env, 'dockerfile')),
      ...option('--target', runnerParam(env, 'target')),
      ...['--iidfile', join(notes, 'image')],
      ...textList(runnerParam(env, 'args')),
      ...['--', runnerParam(env, 'context') ?? '.'],
    );
    if (built !== 0) return built;
    tell(env, 'image', note('image'));
    const pushed = runnerParam(env, 'push') === 'true' ? await push(tags) : 0;
    const removed = runnerParam(env, 'remove') === 'true' ? await buildah('rmi', '--force', '--', note('image')) : 0;
    return pushed || removed;
  } finally {
    rmSync(notes, { recursive: true, force: true });
  }
}

function readBuildArguments(text: string | undefined): Record<string, string> {
  if (text === undefined) return {};
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    // No map: said below, without the text, which may be secret.
  }
  const parsed = buildArguments.safeParse(found);
  const wrong = parsed.success ? Object.keys(parsed.data).find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) : '';
  if (parsed.success && wrong === undefined) {
    return Object.fromEntries(Object.entries(parsed.data).map(([name, value]) => [name, String(value)]));
  }
  throw new CodedError('bad_parameter', 'the "build_args" of the runner buildah are no map of names to texts', {
    hint: 'Write build_args = { VERSION = "1.2" }.',
  });
}

const option = (flag: string, value: string | undefined): string[] => (value === undefined ? [] : [flag, value]);

/** For later steps: `TASK_<STEP>_IMAGE`, `TASK_<STEP>_DIGEST`. */
function tell(env: CommandEnv, name: string, value: string): void {
  if (env.PIKOCI_OUTPUT !== undefined) appendFileSync(env.PIKOCI_OUTPUT, `${name}=${value}\n`);
}

function run([program, ...args]: readonly [string, ...string[]], env: CommandEnv): Promise<number> {
  const defined = Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: Object.fromEntries(defined), stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', () => {
      const hint = `Install ${program}, or see that the worker's PATH leads to it.`;
      reject(new CodedError('program_missing', `${program} is not installed on this worker.`, { hint }));
    });
    child.on('close', (code) => resolve(code ?? 128));
  });
}
