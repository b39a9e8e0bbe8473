/** A task: its configuration stands in the pipeline, or in a file beside it. */
import { Block } from '../hcl-block.ts';
import type { HclValue } from '../hcl-text.ts';
import { Expression, joinTexts, partsOf } from '../hcl-text.ts';
import { nameOf } from '../names.ts';
import { readSource } from '../read-source.ts';
import { lines, shellQuoted, type Text } from '../shell-text.ts';
import type { Source } from '../source.ts';
import { readCommand } from './command.ts';
import type { StepPlace } from './steps.ts';
import { readImage } from './task-image.ts';
import type { LocalVars } from './vars.ts';

export function convertTask(step: Source, before: Block, outer: StepPlace): Block {
  const { conversion } = outer.concourse;
  const name = outer.names.unique(nameOf(textOnly(outer.concourse.vars.text(step.get('task'), outer)), 'task'));
  const block = new Block('task', [name]);
  const config = findConfig(step, outer);
  const place: StepPlace = { ...outer, given: givenVars(step.get('vars'), outer) };
  if (config === undefined) {
    const file = step.entries.get('file');
    const words = `not converted: the task file ${file?.written ?? ''} was not found`;
    block.block('run', 'shell').set('cmd', `echo ${shellQuoted(words)} >&2; exit 1`);
    if (file !== undefined)
      conversion.notConverted(
        block,
        file,
        'there is no such file beside the pipeline',
        'import it from within its repository',
      );
    return block;
  }
  const image = readImage(step, config, before, place);
  const run = new Block('run', [image === undefined ? 'shell' : 'docker']);
  run.set('image', image?.name);
  const { script, shell } = readCommand(config.get('run'), run, image !== undefined, place);
  run.set('shell', shell);
  run.set('cmd', lines(...preparations(step, config), script));
  run.set('credentials', image?.credentials);
  readLimits(step, config, run, image !== undefined);
  if (step.flagOf('privileged') === true && image !== undefined) run.set('args', ['--privileged']);
  const env = new Map<string, HclValue>();
  for (const params of [config.get('params'), step.get('params')]) readEnv(params, env, place);
  block.add(run).set('env', env);
  readPaths(step, config, block, place);
  readCaches(config, block, name);
  config.textOf('platform');
  conversion.leftovers(block, config);
  return block;
}

const textOnly = (text: Text | undefined): string =>
  text === undefined
    ? ''
    : partsOf(text)
        .map((part) => (typeof part === 'string' ? part : ''))
        .join('');

/** In the pipeline, or in the file that it names: the first part of its path is what a get fetched. */
function findConfig(step: Source, { concourse }: StepPlace): Source | undefined {
  const own = step.get('config');
  if (own !== undefined) return own;
  const path = step.entries.get('file')?.scalar;
  if (typeof path !== 'string') return undefined;
  const inRepository = path.split('/').slice(1).join('/');
  const text = concourse.conversion.surroundings.read(inRepository) ?? concourse.conversion.surroundings.read(path);
  if (text === undefined) return undefined;
  const config = readSource(text, inRepository);
  if (config.kind !== 'map') return undefined;
  step.textOf('file');
  concourse.conversion.include(config);
  return config;
}

function givenVars(given: Source | undefined, place: StepPlace): LocalVars {
  const vars = new Map<string, () => Text | undefined>();
  for (const key of given?.keys() ?? []) {
    // What the file does not ask for stays unread, and is named.
    const source = given?.get(key);
    vars.set(key, () => place.concourse.vars.text(source, place));
  }
  return vars;
}

function readEnv(params: Source | undefined, env: Map<string, HclValue>, place: StepPlace): void {
  for (const key of params?.keys() ?? []) {
    const value = params?.get(key);
    if (value === undefined || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) continue;
    if (value.kind === 'scalar') {
      value.isRead = true;
      env.set(key, place.concourse.vars.text(value, place) ?? '');
    } else {
      const text = place.concourse.vars.fill(JSON.stringify(value.plain()), place);
      env.set(key, text);
    }
  }
}

/** Directories that Concourse would have made, under the names that it would have given them. */
function preparations(step: Source, config: Source): Text[] {
  const made: Text[] = [];
  const inputs = step.get('input_mapping');
  const outputs = step.get('output_mapping');
  for (const input of config.get('inputs')?.elements() ?? []) {
    const name = input.entries.get('name')?.scalar;
    if (typeof name !== 'string') continue;
    const real = inputs?.textOf(name) ?? name;
    const path = input.textOf('path') ?? name;
    if (real !== path) made.push(link(real, path));
  }
  for (const output of config.get('outputs')?.elements() ?? []) {
    const name = output.entries.get('name')?.scalar;
    if (typeof name !== 'string') continue;
    const real = outputs?.textOf(name) ?? name;
    const path = output.textOf('path') ?? name;
    made.push(`mkdir -p ${shellQuoted(real)}`);
    if (real !== path) made.push(link(real, path));
  }
  return made;
}

function link(real: string, path: string): string {
  const up = '../'.repeat(path.split('/').length - 1);
  const parent = path.includes('/') ? `mkdir -p ${shellQuoted(path.slice(0, path.lastIndexOf('/')))} && ` : '';
  return `${parent}ln -sfn ${shellQuoted(`${up}${real}`)} ${shellQuoted(path)}`;
}

function readPaths(step: Source, config: Source, block: Block, { lost }: StepPlace): void {
  const needed = (config.get('inputs')?.elements() ?? []).flatMap((input) => {
    const name = input.textOf('name') ?? '';
    const real = step.get('input_mapping')?.textOf(name) ?? name;
    return input.flagOf('optional') === true || lost.has(real) ? [] : [real];
  });
  const made = (config.get('outputs')?.elements() ?? []).map((output) => {
    const name = output.textOf('name') ?? '';
    return step.get('output_mapping')?.textOf(name) ?? name;
  });
  block.set(
    'inputs',
    [...new Set(needed)].filter((name) => name !== ''),
  );
  block.set(
    'outputs',
    made.filter((name) => name !== ''),
  );
}

/** A cache of Concourse has no key and is what the last build left. */
function readCaches(config: Source, block: Block, task: string): void {
  const paths = (config.get('caches')?.elements() ?? []).flatMap((cache) => {
    const path = cache.entries.get('path')?.scalar;
    return typeof path === 'string' && !path.startsWith('/') ? [cache.textOf('path') ?? ''] : [];
  });
  if (paths.length === 0) return;
  const cache = block.block('cache').set('key', joinTexts(`${task}-`, new Expression('build.number')));
  cache.set('paths', paths).set('restore_keys', [`${task}-`]);
}

function readLimits(step: Source, config: Source, run: Block, isContainer: boolean): void {
  for (const limits of [step.get('container_limits'), config.get('container_limits')]) {
    const memory = limits?.entries.get('memory');
    const match = /^(\d+)\s*([KMG])?B?$/i.exec(memory?.written ?? '');
    if (limits === undefined || memory === undefined || match === null || run.valueOf('memory') !== undefined) continue;
    const bytes = Number(match[1]) * 1024 ** ['', 'K', 'M', 'G'].indexOf((match[2] ?? '').toUpperCase());
    if (bytes < 1024 * 1024 || !isContainer) continue;
    limits.textOf('memory');
    run.set('memory', `${Math.ceil(bytes / 1024 / 1024)}MB`);
  }
}
