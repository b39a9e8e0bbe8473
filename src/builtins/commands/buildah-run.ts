/** An image from a Dockerfile, by buildah or docker. */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import { chooseEngine, type ImageBuild, type ImageEngine } from '../images/image-engine.ts';
import { runProgram } from '../run-program.ts';
import { runnerParam } from '../runner-param.ts';
import { textList } from '../text-list.ts';

const buildArguments = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** Gives the exit code of the first command that failed. */
export async function buildahRun(env: CommandEnv, io: CommandIo): Promise<number> {
  const engine = chooseEngine(runnerParam(env, 'engine'), env);
  const tags = textList(runnerParam(env, 'tag'));
  const values = readBuildArguments(runnerParam(env, 'build_args'));
  const notes = mkdtempSync(join(tmpdir(), 'pikoci-image-'));
  const note = (name: string): string => readFileSync(join(notes, name), 'utf8').trim();
  const run = (args: readonly string[]): Promise<number> => runEngine(engine, args, { ...env, ...values });
  const image: ImageBuild = {
    tags,
    buildArgs: Object.keys(values),
    dockerfile: runnerParam(env, 'dockerfile'),
    target: runnerParam(env, 'target'),
    context: runnerParam(env, 'context') ?? '.',
    isolation: runnerParam(env, 'isolation') ?? 'chroot',
    // What a stranger's build leaves would be what others begin with.
    layers: runnerParam(env, 'layers') === 'true' && env.BUILD_EVENT_FORK !== 'true',
    insecure: runnerParam(env, 'insecure') === 'true',
    idFile: join(notes, 'image'),
    args: textList(runnerParam(env, 'args')),
  };
  const push = async (names: readonly string[]): Promise<number> => {
    for (const name of names) {
      io.stderr(`pushing ${name}\n`);
      const exitCode = await run(engine.push(name, image, join(notes, 'digest')));
      if (exitCode !== 0) return exitCode;
      tell(
        env,
        'digest',
        engine.digest === undefined ? note('digest') : await digestOf(engine.program, engine.digest(name), env),
      );
    }
    return 0;
  };
  /** With its layers kept, the image's names go, and it stays under another one: removing it would take the layers along. */
  const remove = async (id: string): Promise<number> => {
    if (engine.keptAs === undefined || !image.layers) return run(engine.remove(id));
    return (await run(['tag', id, engine.keptAs(tags)])) || (await run(['rmi', '--', ...tags]));
  };
  try {
    const built = await run(engine.build(image));
    if (built !== 0) return built;
    tell(env, 'image', note('image'));
    const pushed = runnerParam(env, 'push') === 'true' ? await push(tags) : 0;
    const removed = runnerParam(env, 'remove') === 'true' ? await remove(note('image')) : 0;
    return pushed || removed;
  } finally {
    rmSync(notes, { recursive: true, force: true });
  }
}

/** `sha256:…` of `name@sha256:…`. */
async function digestOf(program: string, args: readonly string[], env: CommandEnv): Promise<string> {
  const { stdout } = await runProgram(program, args, { env: definedOf(env) });
  return stdout.trim().replace(/^.*@/, '');
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

/** For later steps: `TASK_<STEP>_IMAGE`, `TASK_<STEP>_DIGEST`. */
function tell(env: CommandEnv, name: string, value: string): void {
  if (env.PIKOCI_OUTPUT !== undefined) appendFileSync(env.PIKOCI_OUTPUT, `${name}=${value}\n`);
}

function runEngine({ program }: ImageEngine, args: readonly string[], env: CommandEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: definedOf(env), stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', () => {
      const hint = `Install ${program}, or see that the worker's PATH leads to it.`;
      reject(new CodedError('program_missing', `${program} is not installed on this worker.`, { hint }));
    });
    child.on('close', (code) => resolve(code ?? 128));
  });
}

const definedOf = (env: CommandEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
