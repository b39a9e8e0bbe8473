/** `pikoci init`: a first pipeline for what lies here. */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { fileError } from '../../lib/system/file-error.ts';
import type { CommandContext } from '../context.ts';
import { refuseExisting, writeNewFile } from '../new-file.ts';
import { findRemote, withoutCredentials } from './git-remote.ts';
import { findToolchain, type Repository } from './toolchain.ts';
import { type FirstPipeline, writePipeline } from './write-pipeline.ts';

export interface InitOptions {
  readonly output?: string;
  readonly repository?: string;
  readonly branch?: string;
  readonly runner?: string;
  readonly force?: boolean;
  readonly yes?: boolean;
}

const RUNNERS = ['shell', 'docker'] as const;
const STANDARD_OUTPUT = '-';

/** Gives the exit code. `check` says what is wrong with a written text, if anything is. Throws `usage.*`, `file.*`. */
export async function init(
  directory: string,
  options: InitOptions,
  context: CommandContext,
  check: (text: string) => Promise<string | undefined>,
): Promise<number> {
  const place = resolve(context.cwd, directory);
  const repository = openRepository(place, directory);
  const file = options.output ?? 'pipeline.hcl';
  const path = resolve(place, file);
  if (file !== STANDARD_OUTPUT && options.force !== true) refuseExisting(path, file);
  const ask = options.yes === true ? undefined : context.ask;
  const toolchain = await findToolchain(repository);
  if (toolchain !== undefined) context.stderr.write(`this is ${toolchain.title}, by ${toolchain.because}\n`);
  const remote = await findRemote(place);
  const given = options.repository ?? (await answer(ask, 'where is it cloned from?', remote?.url));
  const url = given === undefined ? undefined : withoutCredentials(given);
  if (url !== given) context.stderr.write('the credentials in the address were left out: see docs/secrets.md\n');
  const first: FirstPipeline = {
    name: nameFor(url, place),
    url,
    branch: options.branch ?? (url === remote?.url ? remote?.branch : undefined),
    toolchain,
    runner: runnerOf(
      options.runner ??
        (toolchain &&
          (await answer(ask, `run in ${toolchain.image} (docker), or as it is on the worker (shell)?`, 'shell'))),
    ),
    dockerfile: repository.names.has('Dockerfile'),
    file: file === STANDARD_OUTPUT ? 'pipeline.hcl' : file,
  };
  const text = writePipeline(first);
  const wrong = await check(text);
  if (wrong !== undefined) {
    context.stderr.write(`${wrong}\n`);
    throw new CodedError('usage.bad_value', 'with these answers it would not be a pipeline', {
      hint: 'look at what is said above: is the address of the repository right?',
    });
  }
  if (file === STANDARD_OUTPUT) {
    context.stdout.write(text);
    return 0;
  }
  await writeNewFile(path, file, text, options.force === true);
  const here = url === undefined ? '' : ` --resource git.${first.name}=.`;
  context.stdout.write(`${file}: written\ntry it here: pikoci run --pipeline-config ${file} --job test${here}\n`);
  return 0;
}

function openRepository(place: string, directory: string): Repository {
  let names: string[];
  try {
    names = readdirSync(place);
  } catch (error) {
    throw fileError(error, 'read', directory);
  }
  return {
    names: new Set(names),
    read: (name) => readFile(join(place, name), 'utf8').catch(() => undefined),
  };
}

async function answer(ask: CommandContext['ask'], question: string, otherwise: string): Promise<string>;
async function answer(
  ask: CommandContext['ask'],
  question: string,
  otherwise: string | undefined,
): Promise<string | undefined>;
async function answer(ask: CommandContext['ask'], question: string, otherwise: string | undefined) {
  const given = (await ask?.(`${question} [${otherwise ?? 'nothing is watched'}] `))?.trim();
  return given === undefined || given === '' ? otherwise : given;
}

function runnerOf(given: string | undefined): FirstPipeline['runner'] {
  const runner = RUNNERS.find((each) => each === (given ?? 'shell'));
  if (runner !== undefined) return runner;
  throw new CodedError('usage.bad_value', `"${given}" is not a runner that init writes`, {
    hint: `it writes ${RUNNERS.join(' and ')}; docs/runners.md has the others, to be written by hand`,
  });
}

/** What stands behind the last slash of its address, else the directory's name; as names of resources are. */
function nameFor(url: string | undefined, place: string): string {
  const last = (url ?? place).replace(/\/+$/, '').split(/[/:]/).at(-1) ?? '';
  const name = (last === '' ? basename(place) : last).replace(/\.git$/, '').replaceAll(/[^A-Za-z0-9_-]+/g, '-');
  return /^[A-Za-z_]/.test(name) ? name : `app${name === '' || name === '-' ? '' : `-${name}`}`;
}
