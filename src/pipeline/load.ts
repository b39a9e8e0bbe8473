/**
 * From the text of a pipeline to the model of it: read, evaluated as far as it can be, checked (LANGUAGE.md §2 to §5).
 *
 * 1. The main file is parsed, then the modules it calls; blocks are sorted by kind, for their order never matters.
 * 2. Variables get their values, then locals and modules, each after those it uses.
 * 3. Declared types are found (this is the only part that waits for the world); built-in ones when something uses them.
 * 4. Resources, then notifications, then the names of all jobs, then the jobs. What modules bring comes with it, under their names.
 * 5. What can only be said of the whole: `passed`, and circles among secrets.
 *
 * Whatever is wrong becomes a diagnostic, and reading goes on, so that all mistakes are reported at once.
 */
import { type Diagnostic, hasErrors } from '../hcl/diagnostic.ts';
import type { Block } from '../hcl/syntax.ts';
import { toJson } from '../hcl/value-json.ts';
import type { Json } from '../lib/json.ts';
import { checkPassed } from './check-passed.ts';
import { checkSecrets } from './check-secrets.ts';
import { checkSetPipelines } from './check-set-pipelines.ts';
import { checkUseless } from './check-useless.ts';
import { expandBlock } from './expand-dynamic.ts';
import { anyJobNames, type LoadedNotification, type PassedReference, type PipelineReading } from './job-reading.ts';
import { findJobs, type JobGroup, jobsByName, loadJob } from './load-jobs.ts';
import { type AutomaticNotification, loadNotification, withNotifications } from './load-notifications.ts';
import { loadPart, namesOfDefaults } from './load-part.ts';
import type { LoadRequest, LoadResult } from './load-request.ts';
import { loadResource } from './load-resource.ts';
import { loadSecret } from './load-secret.ts';
import { type LoadedVariable, loadVariables } from './load-variables.ts';
import { Loading, labelRange } from './loading.ts';
import { mergeRepeats } from './merge-repeats.ts';
import type { Pipeline, Resource } from './model.ts';
import { nameSeenFrom, prefixOf, variableInPlan } from './module-path.ts';
import type { VariableBinding } from './plan.ts';
import type { PlanValue } from './plan-value.ts';
import { type PipelinePart, readParts, TOP_LEVEL } from './read-parts.ts';
import { repositoryResource } from './repository-resource.ts';
import { collectTypes, declareTypes, type TypedPart, withModules } from './typed-part.ts';

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
    const part = await readParts(main, text, loading);
    pipeline = await readPipeline(part, loading, secretsOfVariables);
  }
  const diagnostics = mergeRepeats(inOrder(loading.diagnostics, main));
  const usable = pipeline !== undefined && !hasErrors(diagnostics) ? { pipeline } : {};
  const { texts: sources, usedSources, everySourceFound } = loading;
  return { ...usable, secretsOfVariables, diagnostics, sources, usedSources, everySourceFound };
}

async function readPipeline(
  part: PipelinePart,
  loading: Loading,
  secretsOfVariables: Record<string, Json>,
): Promise<Pipeline> {
  const variables = loadVariables(part.blocks('variable'), namesOfDefaults(part.place, loading), loading);
  const { loaded } = loadPart({ part, path: [], call: undefined, variables, runOnly: new Map() }, loading);
  const root = await declareTypes(loaded, undefined, loading);
  const parts = [...withModules(root)];

  const bindings: Record<string, VariableBinding> = {};
  const ofAllParts = new Map<string, LoadedVariable>();
  const locals: Record<string, PlanValue> = {};
  for (const one of parts) {
    using _ = loading.inModule(one.call);
    Object.assign(locals, one.locals);
    for (const [name, variable] of one.variables) {
      const inPlan = variableInPlan(one.path, name);
      ofAllParts.set(inPlan, variable);
      if (variable.kind === 'sealed') secretsOfVariables[inPlan] = variable.value;
      const binding = bindingOf(variable, one, loading);
      if (binding !== undefined) bindings[inPlan] = binding;
    }
  }
  const scope = { variables: bindings, locals };
  checkSecrets(scope, collectTypes(parts), ofAllParts, loading);

  const resources = new Map<string, Resource>();
  for (const one of parts) await readResources(one, resources, loading);
  const repository = repositoryResource(root, resources, loading.request.repositoryUrl);
  if (repository !== undefined) resources.set(repository.address, repository);
  const taken = new Map<string, Block>();
  const groups = new Map(parts.map((one) => [one, findJobsOf(one, taken, loading)]));
  if (isTooMany([...groups.values()].flat(), loading)) groups.clear();
  const notifications = new Map<string, AutomaticNotification>();
  const all = [...groups.values()].flat();
  for (const one of parts) readNotifications(one, jobsByName(all, prefixOf(one.path)), notifications, loading);
  const found = { passed: [], incomplete: new Set<string>(), notified: new Set<LoadedNotification>() };
  const readings = parts.map((one) => ({
    one,
    reading: readingOf(one, { groups: all, resources, notifications }, found, loading),
  }));
  const jobs = readings.flatMap(({ one, reading }) => {
    using _ = loading.inModule(one.call);
    return (groups.get(one) ?? []).flatMap((group) =>
      group.instances.map((instance) => loadJob(group, instance, one.inJobs, reading)),
    );
  });
  checkPassed({ ...found, loading }, jobs);
  checkSetPipelines(jobs, { scope, types: collectTypes(parts) }, loading);
  for (const { one, reading } of readings) {
    using _ = loading.inModule(one.call);
    const bodies = TOP_LEVEL.flatMap((type) => one.blocks(type).map(({ body }) => body));
    const isMain = one.path.length === 0;
    checkUseless({ reading, groups: groups.get(one) ?? [], jobs, blocksOf: one.blocks, bodies, isMain });
  }
  return {
    schema: 1,
    resources: [...resources.values()],
    jobs: jobs.map((job) => withNotifications(job, [...notifications.values()])),
    types: collectTypes(parts),
    scope,
  };
}

const MOST_JOBS = 2_000;

interface Found {
  readonly passed: PassedReference[];
  readonly incomplete: Set<string>;
  readonly notified: Set<LoadedNotification>;
}

/** What jobs of a part may refer to: what it declares by its own name, and what its modules bring by theirs. */
function readingOf(
  part: TypedPart,
  all: {
    readonly groups: readonly JobGroup[];
    readonly resources: ReadonlyMap<string, Resource>;
    readonly notifications: ReadonlyMap<string, AutomaticNotification>;
  },
  found: Found,
  loading: Loading,
): PipelineReading {
  const prefix = prefixOf(part.path);
  const seen = <T extends { readonly type: string; readonly name: string }>(items: ReadonlyMap<string, T>) => {
    const here = [...items.values()].filter(({ name }) => name.startsWith(prefix));
    const named = ({ type, name }: T) => `${nameSeenFrom(part.path, type)}.${nameSeenFrom(part.path, name)}`;
    return new Map(here.map((item) => [named(item), item]));
  };
  const unexpanded = all.groups.filter(({ name, isExpanded }) => !isExpanded && name.startsWith(prefix));
  const notifications = seen(all.notifications);
  return {
    ...{ ...found, loading, library: part.library, notifications },
    resources: seen(all.resources),
    notificationNames: unreadNotifications(part.blocks('notification'), notifications),
    groups: jobsByName(all.groups, prefix),
    unexpanded: new Set(unexpanded.map(({ name }) => name.slice(prefix.length))),
  };
}

/** Names of the blocks in which something was wrong. */
function unreadNotifications(blocks: readonly Block[], read: ReadonlyMap<string, AutomaticNotification>): Set<string> {
  const labels = blocks.map((block) => block.labels.map(({ value }) => value));
  return new Set(labels.flatMap(([type, name]) => (name === undefined || read.has(`${type}.${name}`) ? [] : [name])));
}

function bindingOf(variable: LoadedVariable, part: TypedPart, loading: Loading): VariableBinding | undefined {
  if (variable.kind === 'known') return { kind: 'known', value: toJson(variable.value) };
  if (variable.kind === 'sealed') return { kind: 'sealed' };
  return variable.kind === 'secret' ? loadSecret(variable, part.outside, part.library, loading) : undefined;
}

async function readResources(part: TypedPart, resources: Map<string, Resource>, loading: Loading): Promise<void> {
  using _ = loading.inModule(part.call);
  for (const written of part.blocks('resource')) {
    const block = expandBlock(written, part.outside, loading);
    const resource = await loadResource(block, part.outside, part.library, loading, prefixOf(part.path));
    if (resource === undefined) continue;
    const first = resources.get(resource.address);
    if (first !== undefined) {
      const detail = `The resource "${resource.type}" "${resource.name}" is declared ${placeBefore(first.at, block)} already.`;
      loading.error('duplicate-name', 'Declared twice', detail, { subject: labelRange(block, 1) });
      continue;
    }
    resources.set(resource.address, resource);
  }
}

function placeBefore({ file, line }: Resource['at'], block: Block): string {
  return file === block.range.file ? `on line ${line}` : `in ${file} on line ${line}`;
}

function findJobsOf(part: TypedPart, taken: Map<string, Block>, loading: Loading): JobGroup[] {
  using _ = loading.inModule(part.call);
  return findJobs(part.blocks('job'), part.outside, loading, { prefix: prefixOf(part.path), taken });
}

function isTooMany(groups: readonly JobGroup[], loading: Loading): boolean {
  const count = groups.reduce((sum, group) => sum + group.instances.length, 0);
  if (count <= MOST_JOBS) return false;
  const detail = `This pipeline has ${count} jobs; it may have at most ${MOST_JOBS}.`;
  loading.error('too-many-jobs', 'Too many jobs', detail, { subject: groups.at(-1)?.block.headerRange });
  return true;
}

function readNotifications(
  part: TypedPart,
  jobs: ReadonlyMap<string, readonly string[]>,
  notifications: Map<string, AutomaticNotification>,
  loading: Loading,
): void {
  using _ = loading.inModule(part.call);
  for (const written of part.blocks('notification')) {
    const names = anyJobNames(part.inJobs);
    const block = expandBlock(written, names, loading);
    const notification = loadNotification(block, names, part.library, jobs, loading, part.path);
    if (notification === undefined) continue;
    const address = `${notification.type}.${notification.name}`;
    if (notifications.has(address)) {
      const detail = `There is a notification "${notification.type}" "${notification.name}" already.`;
      loading.error('duplicate-name', 'Declared twice', detail, { subject: block.headerRange });
    }
    notifications.set(address, notification);
  }
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
