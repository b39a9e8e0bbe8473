/** The steps of a job, of a group, and of hooks. */
import type { Range } from '../hcl/position.ts';
import type { Block } from '../hcl/syntax.ts';
import { assertNever } from '../lib/assert-never.ts';
import { nearest } from '../lib/nearest.ts';
import type { BlockReader } from './block-reader.ts';
import { checkArtifactPut } from './check-artifact.ts';
import { placeOf } from './expressions.ts';
import { checkStepParams, plansOf, readBareParams, readParams } from './instance-params.ts';
import type { JobReading } from './job-reading.ts';
import { jobWord, STEP_KINDS, type StepKind } from './job-words.ts';
import { commandFrom, loadCommand } from './load-command.ts';
import { refuseApprovals } from './load-gates.ts';
import { readChoice, readPassed } from './load-get.ts';
import { readSetPipeline } from './load-set-pipeline.ts';
import { labelRange } from './loading.ts';
import type { Hooks, InParallelStep, NotifyStep, PutStep, SetPipelineStep, Step, TaskStep } from './plan-step.ts';
import type { RunnerCommand } from './plan-types.ts';
import type { PlanValue } from './plan-value.ts';
import { HOOK_NAMES } from './plan-walk.ts';
import { readCaches } from './read-caches.ts';
import { readEnvironment } from './read-environment.ts';
import { readIdToken } from './read-id-token.ts';
import { readReports } from './read-reports.ts';
import { type CommonStep, ONE_ATTEMPT, readStepMeta } from './step-meta.ts';

/** Reads the step blocks of a body in order; `prefix` begins their ids, `before` is how many have been numbered already. The caller finishes the reader. */
export function loadSteps(
  reader: BlockReader,
  prefix: string,
  job: JobReading,
  { parallel = false, before = 0 } = {},
): Step[] {
  const steps: Step[] = [];
  const known: string[] = [];
  if (prefix !== '') refuseApprovals(reader, job.loading);
  for (const { type, block } of reader.blocksOf(STEP_KINDS, jobWord)) {
    const step = loadStep(type, block, `${prefix}${before + steps.length + 1}`, job);
    if (step === undefined) continue;
    steps.push(step);
    // Steps side by side do not see what the others find out.
    if (parallel) {
      known.push(factName(step));
      job.later.add(factName(step));
    }
  }
  for (const name of known) job.later.delete(name);
  return steps;
}

/** What expressions call that which a step finds out. */
const factName = (step: Pick<Step, 'kind' | 'name'>): string =>
  step.kind === 'task' ? `task.${step.name}` : `get.${step.name}`;

function loadStep(kind: StepKind, block: Block, id: string, job: JobReading): Step | undefined {
  switch (kind) {
    case 'get':
      return loadGet(block, id, job);
    case 'task':
      return loadTask(block, id, job);
    case 'put':
      return loadPut(block, id, job);
    case 'notify':
      return loadNotify(block, id, job);
    case 'set_pipeline':
      return loadSetPipeline(block, id, job);
    case 'in_parallel':
      return loadInParallel(block, id, job);
    default:
      return assertNever(kind);
  }
}

function loadGet(block: Block, id: string, job: JobReading): Step | undefined {
  const { loading } = job;
  const [type, name] = loading.labels(block, 'type', 'name') ?? [];
  if (type === undefined || name === undefined) return incomplete(job);
  const reader = loading.reader(block.body, `get "${type}" "${name}"`);
  const resource = findResource(block, type, name, job);
  const meta = readStepMeta(reader, job, tagsOfStep);
  const trigger = loading.expressions.flag(reader.attribute('trigger'), job.names) ?? false;
  const passed = readPassed(reader.attribute('passed'), resource, job);
  const version = readChoice(reader.attribute('version'), job);
  const params = plansOf(readParams(reader, job.names, loading));
  const step = common('get', block, id, name, meta, reader, job);
  reader.finish();
  takeName('GET', name, `get "${type}" "${name}"`, block, job);
  if (resource === undefined) return incomplete(job);
  takeDirectory(`${type}.${name}`, block, job);
  return { kind: 'get', ...step, resource, trigger, passed, version, params };
}

function loadPut(block: Block, id: string, job: JobReading): PutStep | undefined {
  const { loading } = job;
  const [type, name] = loading.labels(block, 'type', 'name') ?? [];
  if (type === undefined || name === undefined) return incomplete(job);
  const reader = loading.reader(block.body, `put "${type}" "${name}"`);
  const resource = findResource(block, type, name, job);
  const meta = readStepMeta(reader, job, tagsOfStep);
  const noGet = loading.expressions.flag(reader.attribute('no_get'), job.names) ?? false;
  const params = readParams(reader, job.names, loading);
  const step = common('put', block, id, name, meta, reader, job);
  const bare = readBareParams(reader, job.names, loading);
  reader.finish();
  if (resource === undefined) return incomplete(job);
  const loaded = job.library.resource(type, labelRange(block, 0));
  if (
    loaded?.type.push === undefined &&
    loaded?.type.engine === undefined &&
    loaded !== undefined &&
    !loading.isLost('push')
  ) {
    const detail = `The resource type "${type}" has no "push", so nothing can be put to "${name}".`;
    loading.error('no-push', 'Cannot be put', detail, { subject: block.headerRange });
  }
  checkStepParams(`A put of the type "${type}"`, loaded, new Map([...bare, ...params]), loading);
  const given = { ...plansOf(bare), ...plansOf(params) };
  if (loaded?.type.engine === 'artifact') checkArtifactPut(given, job.resources.get(`${type}.${name}`), block, loading);
  return { kind: 'put', ...step, resource, params: given, noGet };
}

function loadTask(block: Block, id: string, job: JobReading): TaskStep | undefined {
  const { loading } = job;
  const [name] = loading.labels(block, 'name') ?? [];
  if (name === undefined) return undefined;
  loading.isName(name, 'task', labelRange(block, 0));
  const reader = loading.reader(block.body, `task "${name}"`);
  const meta = readStepMeta(reader, job, tagsOfStep);
  const env = readEnvironment(reader, job.names, loading);
  const dir = reader.attribute('dir');
  const inputs = loading.expressions.texts(reader.attribute('inputs'), job.names) ?? [];
  const outputs = loading.expressions.texts(reader.attribute('outputs'), job.names) ?? [];
  const reports = readReports(reader, job);
  const idToken = readIdToken(reader, job);
  const caches = readCaches(reader, job);
  const run = reader.block('run');
  const command = run && loadCommand(run, commandPlace(job), loading);
  const directory = dir && loading.expressions.planValue(dir.expression, job.names).plan;
  const step = common('task', block, id, name, meta, reader, job);
  reader.finish();
  takeName('TASK', name, `task "${name}"`, block, job);
  if (run === undefined && !reader.isMeant('run') && !loading.isUnread(block.range)) {
    const detail = `The task "${name}" needs a "run" block: run "exec" { path = "make" args = ["test"] }.`;
    loading.error('missing-block', 'Block missing', detail, { subject: block.headerRange });
  }
  if (command === undefined) return undefined;
  return {
    kind: 'task',
    ...step,
    run: command,
    env,
    inputs,
    outputs,
    ...(directory !== undefined && { dir: directory }),
    ...(reports !== undefined && { reports }),
    ...(idToken !== undefined && { idToken }),
    ...(caches.length > 0 && { caches }),
  };
}

function loadNotify(block: Block, id: string, job: JobReading): NotifyStep | undefined {
  const { loading } = job;
  const [type, name] = loading.labels(block, 'type', 'name') ?? [];
  if (type === undefined || name === undefined) return undefined;
  const reader = loading.reader(block.body, `notify "${type}" "${name}"`);
  const loaded = job.library.notification(type, labelRange(block, 0));
  const declared = job.notifications.get(`${type}.${name}`);
  if (declared !== undefined) job.notified.add(declared);
  const isThere = job.notificationNames.has(name) || loading.isLost('notification', type, name);
  const ofType = [...job.notifications.keys()]
    .filter((other) => other.startsWith(`${type}.`))
    .map((other) => other.slice(type.length + 1));
  if (declared === undefined && !isThere && loaded !== undefined && (ofType.length > 0 || loaded.required.length > 0)) {
    const detail = `There is no notification "${type}" "${name}". Declare it: notification "${type}" "${name}" { … }.`;
    loading.error('unknown-notification', 'Unknown notification', detail, {
      subject: labelRange(block, 1),
      suggestion: nearest(name, ofType),
    });
  }
  const meta = readStepMeta(reader, job, tagsOfStep);
  const messageAttribute = reader.attribute('message');
  const message = messageAttribute && loading.expressions.planValue(messageAttribute.expression, job.names).plan;
  const step = common('notify', block, id, name, meta, reader, job);
  const given = readParams(reader, job.names, loading);
  const said = new Map([...readBareParams(reader, job.names, loading), ...given]);
  reader.finish();
  checkStepParams(`A notify of the type "${type}"`, loaded, said, loading);
  if (loaded === undefined) return undefined;
  const text: PlanValue | undefined = message ?? declared?.message;
  return {
    kind: 'notify',
    ...step,
    type: loaded.type.name,
    params: declared?.params ?? loaded.defaults,
    attributes: plansOf(said),
    ...(text !== undefined && { message: text }),
  };
}

function loadSetPipeline(block: Block, id: string, job: JobReading): SetPipelineStep | undefined {
  const name = block.labels[0]?.value ?? 'set_pipeline';
  const reader = job.loading.reader(block.body, `set_pipeline "${name}"`);
  const meta = readStepMeta(reader, job, tagsOfStep);
  const own = readSetPipeline(block, reader, job);
  const step = common('set_pipeline', block, id, own?.shownName ?? name, meta, reader, job);
  reader.finish();
  return own && { kind: 'set_pipeline', ...step, ...own.set };
}

function loadInParallel(block: Block, id: string, job: JobReading): InParallelStep | undefined {
  const { loading } = job;
  const name = block.labels.length === 0 ? 'in_parallel' : loading.labels(block, 'name')?.[0];
  if (name === undefined) return undefined;
  const reader = loading.reader(block.body, 'in_parallel');
  const meta = readStepMeta(reader, job, tagsOfStep);
  const limit = loading.expressions.integer(reader.attribute('limit'), job.names, 1);
  const failFast = loading.expressions.flag(reader.attribute('fail_fast'), job.names) ?? false;
  const steps = loadSteps(reader, `${id}.`, job, { parallel: true });
  const step = common('in_parallel', block, id, name, meta, reader, job);
  reader.finish();
  if (
    steps.length === 0 &&
    !loading.isUnread(block.range) &&
    !reader.body.items.some((item) => item.kind === 'block')
  ) {
    const detail = 'This group has no steps in it, so it does nothing.';
    loading.warning('empty-group', 'Empty group', detail, { subject: block.headerRange });
  }
  return { kind: 'in_parallel', ...step, failFast, steps, ...(limit !== undefined && { limit }) };
}

/** The hooks of a step, a group or the job; `prefix` begins their ids. */
export function loadHooks(reader: BlockReader, prefix: string, job: JobReading): Hooks {
  const hooks: Record<string, Step[]> = {};
  for (const [key, name] of Object.entries(HOOK_NAMES)) {
    const steps: Step[] = [];
    for (const block of reader.blocks(name)) steps.push(...loadHook(block, name, prefix, steps.length, job));
    if (steps.length > 0) hooks[key] = steps;
  }
  return hooks;
}

/** With a label it is one runner command, without one it holds steps. */
function loadHook(block: Block, name: string, prefix: string, before: number, job: JobReading): Step[] {
  const { loading } = job;
  if (block.labels.length === 0) {
    const reader = loading.reader(block.body, name);
    const steps = loadSteps(reader, `${prefix}${name}.`, job, { before });
    reader.finish();
    return steps;
  }
  if (loading.labels(block, 'runner') === undefined) return [];
  const reader = loading.reader(block.body, `${name} "${block.labels[0]?.value}"`);
  const env = readEnvironment(reader, job.names, loading);
  const run = commandFrom(block, reader, commandPlace(job), loading);
  reader.finish();
  return run === undefined ? [] : [hookTask(`${prefix}${name}.${before + 1}`, name, run, env, block)];
}

function hookTask(
  id: string,
  name: string,
  run: RunnerCommand,
  env: Record<string, PlanValue>,
  block: Block,
): TaskStep {
  const at = placeOf(block.headerRange);
  const none = { inputs: [], outputs: [], hooks: {}, attempts: ONE_ATTEMPT, allowFailure: false };
  return { kind: 'task', id, name, at, run, env, ...none };
}

function common(
  kind: StepKind,
  block: Block,
  id: string,
  name: string,
  meta: CommonStep,
  reader: BlockReader,
  job: JobReading,
) {
  // What follows a step may use what it found out.
  job.later.delete(factName({ kind, name }));
  return { id, name, at: placeOf(block.headerRange), ...meta, hooks: loadHooks(reader, `${id}.`, job) };
}

/** A `get` or `put` that could not be read: what passes through the job is not known then. */
function incomplete(job: JobReading): undefined {
  job.incomplete.add(job.job);
  return undefined;
}

const tagsOfStep = (tags: readonly string[], job: JobReading): void => {
  for (const tag of tags) job.tags.add(tag);
};

function commandPlace(job: JobReading) {
  const instead = (secret: string): string => {
    const name = secret
      .replace(/^\w+\./, '')
      .toUpperCase()
      .replace(/[^A-Z0-9]+/g, '_');
    return `Hand it over in the environment: env = { ${name} = ${secret} } in the task, and "$${name}" where a shell reads it.`;
  };
  return { names: job.names, findRunner: job.library.runner, instead };
}

/** The address, when there is such a resource; otherwise that is reported. */
function findResource(block: Block, type: string, name: string, job: JobReading): string | undefined {
  const address = `${type}.${name}`;
  const found = job.resources.get(address);
  if (found !== undefined) return found.address;
  const { loading } = job;
  if (loading.isLost('resource', type, name)) return undefined;
  // As this part of the pipeline calls them.
  const all = [...job.resources.keys()].map(splitAddress);
  const ofName = all.filter((resource) => resource.name === name);
  // The resource is there, and what is wrong is its type: that was said.
  if (ofName.some((resource) => !job.library.isUsable('resource_type', resource.type))) return undefined;
  const unknown = (rest: string, subject: Range, suggestion: string | undefined): undefined => {
    // What this step would have found out is not "known later" only because a later step is called the same.
    for (const need of [name, suggestion]) job.later.delete(`get.${need}`);
    const detail = `There is no resource "${type}" "${name}".${rest}`;
    loading.error('unknown-resource', 'Unknown resource', detail, { subject, suggestion });
    return undefined;
  };
  const [only] = ofName;
  if (only !== undefined) return unknown(` "${name}" is of type "${only.type}".`, labelRange(block, 0), only.type);
  const names = all.filter((resource) => resource.type === type).map((resource) => resource.name);
  const suggestion = nearest(name, names);
  if (suggestion !== undefined) return unknown('', labelRange(block, 1), suggestion);
  const near = nearest(address, job.resources.keys());
  if (near !== undefined) {
    const meant = splitAddress(near);
    return unknown(` Perhaps "${meant.type}" "${meant.name}" is meant.`, block.headerRange, undefined);
  }
  const rest = names.length > 0 && names.length < 10 ? ` Of this type there are: ${names.join(', ')}.` : '';
  return unknown(`${rest} Declare it: resource "${type}" "${name}" { … }.`, block.headerRange, undefined);
}

function splitAddress(address: string): { readonly type: string; readonly name: string } {
  const dot = address.indexOf('.');
  return { type: address.slice(0, dot), name: address.slice(dot + 1) };
}

/** Two gets that fill one directory write over each other. `address` is the resource's where the get stands. */
function takeDirectory(address: string, block: Block, job: JobReading): void {
  const resource = job.resources.get(address);
  if (resource === undefined) return;
  const given = resource.params.name;
  if (given !== undefined && given.kind !== 'known') return;
  const directory = typeof given?.value === 'string' ? given.value : (resource.directory ?? resource.name);
  const other = job.directories.get(directory);
  job.directories.set(directory, address);
  if (other === undefined || other === address) return;
  const detail = `It is fetched into the directory "${directory}", and so is ${other} of this job. Give one of the two resources another: params { name = "…" }.`;
  job.loading.warning('same-directory', 'Two gets in one directory', detail, { subject: block.headerRange });
}

/** Names become parts of environment names: two that become the same would overwrite each other. */
function takeName(kind: 'GET' | 'TASK', name: string, what: string, block: Block, job: JobReading): void {
  const variable = `${kind}_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
  const other = job.environment.get(variable);
  if (other === undefined) {
    job.environment.set(variable, what);
    return;
  }
  const detail =
    other === what
      ? `This job has ${what} already; ${kind === 'GET' ? 'one get of a resource is enough' : 'each task has a name of its own'}.`
      : `${other} and ${what} would both set ${variable}_… in the environment. Give one of them another name.`;
  job.loading.error(
    other === what ? 'duplicate-step' : 'environment-clash',
    other === what ? 'Step twice' : 'Names clash',
    detail,
    {
      subject: block.headerRange,
    },
  );
}
