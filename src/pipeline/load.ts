/**
 * From the text of a pipeline to the model of it: read, evaluated as far as it can be, checked (LANGUAGE.md §2 to §5).
 *
 * 1. The main file is parsed; its blocks are sorted by kind, for their order never matters.
 * 2. Variables get their values, then locals, each after those it uses.
 * 3. Declared types are found (this is the only part that waits for the world); built-in ones when something uses them.
 * 4. Resources, then notifications, then the names of all jobs, then the jobs.
 * 5. What can only be said of the whole: `passed`, and circles among secrets.
 *
 * Whatever is wrong becomes a diagnostic, and reading goes on, so that all mistakes are reported at once.
 */
import { type Diagnostic, hasErrors } from '../hcl/diagnostic.ts';
import type { Block } from '../hcl/syntax.ts';
import { objectValue } from '../hcl/value.ts';
import { toJson } from '../hcl/value-json.ts';
import type { Json } from '../lib/json.ts';
import { checkPassed } from './check-passed.ts';
import { checkSecrets } from './check-secrets.ts';
import { checkUseless } from './check-useless.ts';
import { expandBlock } from './expand-dynamic.ts';
import { anyJobNames, type PipelineReading } from './job-reading.ts';
import { findJobs, jobsByName, loadJob } from './load-jobs.ts';
import { loadLocals } from './load-locals.ts';
import { type AutomaticNotification, loadNotification, withNotifications } from './load-notifications.ts';
import type { LoadRequest, LoadResult } from './load-request.ts';
import { loadResource } from './load-resource.ts';
import { loadSecret } from './load-secret.ts';
import { type LoadedVariable, loadVariables, valueOfVariable } from './load-variables.ts';
import { Loading, labelRange } from './loading.ts';
import { mergeRepeats } from './merge-repeats.ts';
import type { Pipeline, Resource } from './model.ts';
import { type Names, withNames } from './names.ts';
import { pipelineFunctions } from './pipeline-functions.ts';
import type { PlanScope, VariableBinding } from './plan.ts';
import { SOURCE_KINDS } from './source.ts';
import { TypeLibrary } from './type-library.ts';

/** Loads a pipeline. The user's mistakes are diagnostics; this throws only for bugs. */
export async function loadPipeline(request: LoadRequest): Promise<LoadResult> {
  const loading = new Loading(request);
  const { main, files } = request.bundle;
  const text = Object.hasOwn(files, main) ? files[main] : undefined;
  const secretsOfVariables: Record<string, Json> = {};
  let pipeline: Pipeline | undefined;
  if (text === undefined) {
    loading.error('no-main-file', 'No pipeline', `The bundle holds no file "${main}".`, {});
  } else {
    const blocks = topLevelBlocks(loading, main, text);
    pipeline = await readPipeline(blocks, loading, secretsOfVariables);
  }
  const diagnostics = mergeRepeats(inOrder(loading.diagnostics, main));
  const usable = pipeline !== undefined && !hasErrors(diagnostics) ? { pipeline } : {};
  const { texts: sources, usedSources, everySourceFound } = loading;
  return { ...usable, secretsOfVariables, diagnostics, sources, usedSources, everySourceFound };
}

const TOP_LEVEL = ['variable', 'locals', 'resource', 'job', 'notification', ...SOURCE_KINDS] as const;

/** The blocks of one kind, in the order of the file. */
type BlocksOf = (type: (typeof TOP_LEVEL)[number]) => readonly Block[];

function topLevelBlocks(loading: Loading, file: string, text: string): BlocksOf {
  const reader = loading.reader(loading.parse(file, text), 'A pipeline');
  for (const type of TOP_LEVEL) reader.blocks(type);
  reader.unsupported(['module']);
  reader.finish();
  return (type) => reader.blocksMeant(type);
}

async function readPipeline(
  blocks: BlocksOf,
  loading: Loading,
  secretsOfVariables: Record<string, Json>,
): Promise<Pipeline> {
  const nothing: Names = {
    scope: { variables: new Map(), functions: pipelineFunctions(loading.request.bundle) },
    sensitive: new Set(),
    elsewhere: {},
  };
  const variables = loadVariables(blocks('variable'), { ...nothing, elsewhere: NOT_IN_A_VARIABLE }, loading);
  for (const [name, variable] of variables) {
    if (variable.kind === 'sealed') secretsOfVariables[name] = variable.value;
  }
  const withVariables: Names = {
    ...withNames(nothing, { var: objectValue([...variables].map(([name, of]) => [name, valueOfVariable(of)])) }),
    broken: new Set([...variables].flatMap(([name, of]) => (of.kind === 'broken' ? [`var.${name}`] : []))),
    sensitive: new Set([...variables].flatMap(([name, of]) => (isSecret(of) ? [`var.${name}`] : []))),
  };
  const locals = loadLocals(blocks('locals'), { ...anyJobNames(withVariables), elsewhere: NOT_IN_LOCALS }, loading);
  const inJobs: Names = { ...locals.names, elsewhere: { each: NO_EACH } };
  const outside = outsideJobs(inJobs, locals.runOnly);

  const library = new TypeLibrary(loading, outside, { ...nothing, elsewhere: NOT_IN_A_SOURCE });
  const types = SOURCE_KINDS.flatMap((kind) => blocks(kind));
  await library.declare(types.map((block) => expandBlock(block, outside, loading)));
  library.readDeclared();
  const bindings = readBindings(variables, outside, library, loading);
  const scope: PlanScope = { variables: bindings, locals: locals.values };
  checkSecrets(scope, library.collected(), variables, loading);

  const resources = await readResources(blocks('resource'), outside, library, loading);
  const groups = findJobs(blocks('job'), outside, loading);
  const jobNames = jobsByName(groups);
  const notifications = new Map<string, AutomaticNotification>();
  for (const block of blocks('notification')) {
    const around = anyJobNames(inJobs);
    const expanded = expandBlock(block, around, loading);
    const notification = loadNotification(expanded, around, library, jobNames, loading);
    if (notification === undefined) continue;
    const address = `${notification.type}.${notification.name}`;
    if (notifications.has(address)) {
      const detail = `There is a notification "${notification.type}" "${notification.name}" already.`;
      loading.error('duplicate-name', 'Declared twice', detail, { subject: block.headerRange });
    }
    notifications.set(address, notification);
  }
  const unexpanded = new Set(groups.flatMap(({ name, isExpanded }) => (isExpanded ? [] : [name])));
  const reading: PipelineReading = {
    ...{ loading, library, resources, notifications, groups: jobNames, unexpanded },
    ...{ passed: [], incomplete: new Set() },
    notificationNames: unreadNotifications(blocks('notification'), notifications),
  };
  const count = groups.reduce((sum, group) => sum + group.instances.length, 0);
  if (count > MOST_JOBS) {
    const detail = `This pipeline has ${count} jobs; it may have at most ${MOST_JOBS}.`;
    loading.error('too-many-jobs', 'Too many jobs', detail, { subject: groups.at(-1)?.block.headerRange });
    groups.length = 0;
  }
  const jobs = groups.flatMap((group) => group.instances.map((instance) => loadJob(group, instance, inJobs, reading)));
  checkPassed(reading, jobs);
  const bodies = TOP_LEVEL.flatMap((type) => blocks(type).map(({ body }) => body));
  checkUseless({ reading, groups, jobs, notifications: [...notifications.values()], blocksOf: blocks, bodies });
  return {
    schema: 1,
    resources: [...resources.values()],
    jobs: jobs.map((job) => withNotifications(job, [...notifications.values()])),
    types: library.collected(),
    scope,
  };
}

const MOST_JOBS = 2_000;

const isSecret = (variable: LoadedVariable): boolean => variable.kind === 'secret' || variable.kind === 'sealed';

const NO_EACH = '"each" has a meaning only in a job with "for_each" or "matrix".';
const NO_RUN =
  'What a build, a get or a task finds out is only known to the steps of a job (and to locals they use), not here.';
const NOT_IN_A_VARIABLE = {
  ...{ var: 'A default cannot use other variables; a local can.', local: 'A default cannot use locals.' },
  ...{ each: NO_EACH, build: NO_RUN, get: NO_RUN, task: NO_RUN },
};
const NOT_IN_LOCALS = { each: NO_EACH };
const FOREIGN =
  'The text of a source cannot use names of the pipeline that uses it; its commands get parameters as param_<name>.';
const NOT_IN_A_SOURCE = { var: FOREIGN, local: FOREIGN, each: FOREIGN, build: FOREIGN, get: FOREIGN, task: FOREIGN };

/** Names for everything that is not a step of a job. */
function outsideJobs(names: Names, runOnly: ReadonlyMap<string, string>): Names {
  const variables = new Map(names.scope.variables);
  for (const root of ['build', 'get', 'task']) variables.delete(root);
  const elsewhere: Record<string, string> = { ...names.elsewhere, build: NO_RUN, get: NO_RUN, task: NO_RUN };
  for (const [local, need] of runOnly) elsewhere[`local.${local}`] = `local.${local} needs ${need}. ${NO_RUN}`;
  return { ...names, elsewhere, scope: { ...names.scope, variables } };
}

function readBindings(
  variables: ReadonlyMap<string, LoadedVariable>,
  names: Names,
  library: TypeLibrary,
  loading: Loading,
): Record<string, VariableBinding> {
  const bindings: Record<string, VariableBinding> = {};
  for (const [name, variable] of variables) {
    if (variable.kind === 'known') bindings[name] = { kind: 'known', value: toJson(variable.value) };
    else if (variable.kind === 'sealed') bindings[name] = { kind: 'sealed' };
    else if (variable.kind === 'secret') {
      const binding = loadSecret(variable.block, names, library, loading);
      if (binding !== undefined) bindings[name] = binding;
    }
  }
  return bindings;
}

async function readResources(
  blocks: readonly Block[],
  names: Names,
  library: TypeLibrary,
  loading: Loading,
): Promise<Map<string, Resource>> {
  const resources = new Map<string, Resource>();
  for (const block of blocks) {
    const resource = await loadResource(expandBlock(block, names, loading), names, library, loading);
    if (resource === undefined) continue;
    const first = resources.get(resource.address);
    if (first !== undefined) {
      const detail = `The resource "${resource.type}" "${resource.name}" is declared on line ${first.at.line} already.`;
      loading.error('duplicate-name', 'Declared twice', detail, { subject: labelRange(block, 1) });
      continue;
    }
    resources.set(resource.address, resource);
  }
  return resources;
}

/** Names of the blocks in which something was wrong. */
function unreadNotifications(blocks: readonly Block[], read: ReadonlyMap<string, AutomaticNotification>): Set<string> {
  const labels = blocks.map((block) => block.labels.map(({ value }) => value));
  return new Set(labels.flatMap(([type, name]) => (name === undefined || read.has(`${type}.${name}`) ? [] : [name])));
}

/** By place: the main file's first, from top to bottom. */
function inOrder(diagnostics: readonly Diagnostic[], main: string): Diagnostic[] {
  const rank = ({ subject }: Diagnostic) => (subject === undefined ? 0 : subject.file === main ? 1 : 2);
  return diagnostics.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      (a.subject?.file ?? '').localeCompare(b.subject?.file ?? '') ||
      (a.subject?.start.line ?? 0) - (b.subject?.start.line ?? 0) ||
      (a.subject?.start.column ?? 0) - (b.subject?.start.column ?? 0),
  );
}
