/** The steps of a plan, and of hooks. */
import { Block } from '../hcl-block.ts';
import { Expression, type HclValue, member, type Template, valueText } from '../hcl-text.ts';
import { type Names, nameOf } from '../names.ts';
import { lines, shellQuoted } from '../shell-text.ts';
import type { Source } from '../source.ts';
import { acrossAll } from './across.ts';
import type { Concourse } from './concourse.ts';
import { convertGet, convertPut } from './get-put.ts';
import { convertTask } from './task.ts';
import type { LocalVars } from './vars.ts';

export interface StepPlace {
  readonly concourse: Concourse;
  /** Of the tasks of the job. */
  readonly names: Names;
  readonly locals: LocalVars;
  /** What a step gives to the file of its task. */
  readonly given?: LocalVars;
  /** What a get that was not converted would have fetched. */
  readonly lost: Set<string>;
}

const HOOKS = {
  on_success: 'on_success',
  on_failure: 'on_failure',
  on_error: 'on_error',
  on_abort: 'on_cancel',
  ensure: 'ensure',
} as const;

export function convertSteps(steps: readonly Source[], out: Block, place: StepPlace): void {
  let here = place;
  for (const step of steps) here = convertStep(step, out, here);
}

export function convertHooks(source: Source, block: Block, place: StepPlace): void {
  for (const [theirs, ours] of Object.entries(HOOKS)) {
    const hook = source.get(theirs);
    if (hook === undefined) continue;
    const inner = new Block(ours);
    convertSteps([hook], inner, place);
    // A hook whose step was not converted keeps what is said about it.
    if (inner.has('task', 'put', 'get', 'notify', 'in_parallel', 'set_pipeline')) block.add(inner);
    else block.take(inner);
  }
}

/** Gives the place of the steps after it: those know what it loaded. */
function convertStep(step: Source, out: Block, place: StepPlace): StepPlace {
  const { conversion } = place.concourse;
  if (step.kind !== 'map') {
    conversion.leftovers(out, step);
    return place;
  }
  step.isRead = true;
  if (step.has('across')) {
    acrossAll(step, out, place, convertOne);
    conversion.leftovers(out, step);
    return place;
  }
  return convertOne(step, out, place);
}

function convertOne(step: Source, out: Block, place: StepPlace): StepPlace {
  const { conversion } = place.concourse;
  if (step.has('do') && !isMore(step)) {
    // Steps of a job are one after the other anyway.
    convertSteps(step.get('do')?.elements() ?? [], out, place);
    conversion.leftovers(out, step);
    return place;
  }
  if (step.has('load_var')) return loadVar(step, out, place);
  const holder = new Block('');
  const block = blockOf(step, holder, place);
  out.take(holder);
  if (block === undefined) {
    conversion.leftovers(out, step);
    return place;
  }
  readModifiers(step, block, place);
  const params = step.get('params');
  if (params !== undefined)
    conversion.leftovers(block, params, `a ${block.type} of the type "${block.labels[0]}" has no such parameter`);
  conversion.leftovers(block, step);
  out.add(block);
  return place;
}

/** The block of a step without what every step may have; what is to be said before it goes to `before`. */
function blockOf(step: Source, before: Block, place: StepPlace): Block | undefined {
  if (step.has('get')) return convertGet(step, before, place);
  if (step.has('put')) return convertPut(step, before, place);
  if (step.has('task')) return convertTask(step, before, place);
  if (step.has('set_pipeline')) return setPipeline(step, before, place);
  if (step.has('in_parallel')) return parallel(step.get('in_parallel'), place);
  if (step.has('aggregate')) return parallel(step.get('aggregate'), place);
  if (step.has('do')) return oneAfterTheOther(step.get('do')?.elements() ?? [], place);
  if (step.has('try')) return attempt(step.get('try'), before, place);
  return undefined;
}

const isMore = (step: Source): boolean => step.keys().some((key) => key !== 'do');

function parallel(source: Source | undefined, place: StepPlace): Block {
  const block = new Block('in_parallel');
  if (source?.kind === 'map') {
    block.set('limit', source.numberOf('limit'));
    if (source.flagOf('fail_fast') === true) block.set('fail_fast', true);
  }
  const steps = source?.kind === 'map' ? source.get('steps') : source;
  for (const step of steps?.elements() ?? []) {
    const several = step.get('do');
    if (several !== undefined && !isMore(step)) block.add(oneAfterTheOther(several.elements(), place));
    else convertStep(step, block, place);
  }
  return block;
}

/** A group in which one step waits for the one before. */
function oneAfterTheOther(steps: readonly Source[], place: StepPlace): Block {
  const block = new Block('in_parallel').set('limit', 1).set('fail_fast', true);
  convertSteps(steps, block, place);
  return block;
}

function attempt(step: Source | undefined, before: Block, place: StepPlace): Block | undefined {
  if (step === undefined) return undefined;
  const block = step.kind === 'map' ? blockOf(step, before, place) : undefined;
  if (block === undefined) return undefined;
  readModifiers(step, block, place);
  if (block.valueOf('allow_failure') === undefined) block.set('allow_failure', true);
  place.concourse.conversion.leftovers(block, step);
  return block;
}

function readModifiers(step: Source, block: Block, place: StepPlace): void {
  const { vars, conversion } = place.concourse;
  const timeout = step.entries.get('timeout');
  if (timeout !== undefined && /^(\d+(h|m|s))+$/.test(timeout.written)) block.set('timeout', step.textOf('timeout'));
  else if (timeout !== undefined) conversion.notConverted(block, timeout, 'a timeout is a length of time such as 10m');
  const attempts = step.entries.get('attempts');
  const count = step.numberOf('attempts');
  if (count !== undefined && count >= 1 && count <= 100) block.set('attempts', count);
  else if (attempts !== undefined) conversion.notConverted(block, attempts, 'attempts are a number from 1 to 100');
  block.set(
    'tags',
    step.textsOf('tags').map((tag) => vars.fill(tag, { open: true })),
  );
  convertHooks(step, block, place);
}

function setPipeline(step: Source, before: Block, place: StepPlace): Block | undefined {
  const { vars, conversion } = place.concourse;
  const name = step.textOf('set_pipeline') ?? '';
  const file = step.textOf('file') ?? '';
  if (name === 'self' || name === '') {
    conversion.notConverted(
      before,
      step,
      'a step says which pipeline it sets by its name',
      'set_pipeline "NAME" { file = "…" }',
    );
    return undefined;
  }
  const block = new Block('set_pipeline', [nameOf(name, 'pipeline')]);
  block.set('file', file.replace(/\.ya?ml$/, '.hcl'));
  const given = step.get('vars');
  if (given?.kind === 'map') block.set('vars', varsToHandOn(given, block, place));
  const instance = step.get('instance_vars');
  if (instance !== undefined) block.set('instance_vars', vars.value(instance, { locals: place.locals, open: true }));
  const why = 'the file that it sets is one of Concourse and has to be converted, too';
  conversion.differs(block, step, why, `pikoci import concourse ${file} -o ${file.replace(/\.ya?ml$/, '.hcl')}`);
  return block;
}

/** Of a secret its store alone has the value, so it cannot be handed on. */
function varsToHandOn(given: Source, block: Block, { concourse, locals }: StepPlace): Map<string, HclValue> {
  const vars = new Map<string, HclValue>();
  for (const key of given.keys()) {
    const value = given.get(key);
    if (value === undefined) continue;
    const found = concourse.vars.value(value, { locals });
    if (/\bvar\./.test(valueText(found))) {
      const instead = 'let the pipeline that is set have a variable with the secret of its own';
      concourse.conversion.notConverted(
        block,
        value,
        'a value that comes from a secret is kept by its store alone',
        instead,
      );
    } else vars.set(key, found);
  }
  return vars;
}

/** Reads a file into what later steps may use: a task that tells its content. */
function loadVar(step: Source, out: Block, place: StepPlace): StepPlace {
  const { conversion, vars } = place.concourse;
  const name = step.textOf('load_var') ?? 'value';
  const file = step.textOf('file') ?? '';
  const format = step.textOf('format') ?? /\.(json|ya?ml)$/.exec(file)?.[1] ?? 'trim';
  if (/ya?ml/.test(format)) {
    conversion.notConverted(out, step, 'files that are loaded are plain text or JSON here', 'write it as JSON');
    return place;
  }
  const task = place.names.unique(nameOf(`load-${name}`, 'load'));
  const block = new Block('task', [task]);
  const path = shellQuoted(String(vars.fill(file, place)));
  const script = lines(
    `value=$(tr -d '\\n' < ${path})`,
    step.flagOf('reveal') === true ? undefined : `printf '%s\\n' "$value" >> "$PIKOCI_MASK"`,
    `printf 'value=%s\\n' "$value" >> "$PIKOCI_OUTPUT"`,
  );
  block.block('run', 'shell').set('cmd', script);
  readModifiers(step, block, place);
  conversion.leftovers(block, step);
  out.add(block);
  const value = `${member('task', task)}.value`;
  const load = (field: string | undefined): Expression | Template =>
    new Expression(
      format === 'json'
        ? field === undefined
          ? `jsondecode(${value})`
          : member(`jsondecode(${value})`, field)
        : value,
    );
  return { ...place, locals: new Map([...place.locals, [name, load]]) };
}
