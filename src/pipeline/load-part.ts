/**
 * The names of a part of a pipeline, the pipeline itself or a module, and of the modules it calls: what its variables, locals and outputs are.
 * Each part sees its own names only; in the plan they have others (module-path.ts).
 */
import type { Block } from '../hcl/syntax.ts';
import { isWhollyKnown, objectValue, UNKNOWN, type Value } from '../hcl/value.ts';
import type { TextPlace } from './bundle-path.ts';
import { forEachInstances, type JobInstance } from './expand-job.ts';
import { literalText } from './expression-text.ts';
import { needsOf } from './expressions.ts';
import { anyJobNames } from './job-reading.ts';
import { CALL_ATTRIBUTES, loadInputs } from './load-inputs.ts';
import { loadLocals, type ModuleValue, type RunOnly, runOnlyNeed } from './load-locals.ts';
import { type LoadedVariable, valueOfVariable } from './load-variables.ts';
import { type Loading, labelRange } from './loading.ts';
import { localInPlan, type ModulePath, renamedLocal, renamedVariable, variableInPlan } from './module-path.ts';
import { NO_EACH, NOT_IN_A_VARIABLE, NOT_IN_LOCALS, outsideJobs } from './name-reasons.ts';
import { type Names, withNames } from './names.ts';
import { pipelineFunctions } from './pipeline-functions.ts';
import type { PlanValue } from './plan-value.ts';
import { type BlocksOf, describeCall, type ModuleCall, type PipelinePart } from './read-parts.ts';
import type { Renamed } from './renamed.ts';

export interface LoadedPart {
  readonly path: ModulePath;
  /** What messages add about where it is; absent for the pipeline itself. */
  readonly call: string | undefined;
  readonly place: TextPlace;
  readonly blocks: BlocksOf;
  readonly variables: ReadonlyMap<string, LoadedVariable>;
  /** Locals of the plan, by their names there: inputs that only a run knows, locals, outputs. */
  readonly locals: Readonly<Record<string, PlanValue>>;
  /** What steps of its jobs may refer to, and what everything else may. */
  readonly inJobs: Names;
  readonly outside: Names;
  readonly modules: readonly LoadedPart[];
}

const MOST_INSTANCES = 500;

/** How many instances of modules were made so far in one load. */
export interface ModuleCount {
  made: number;
}

/** No names at all, only functions. */
export function noNames(place: TextPlace, loading: Loading): Names {
  return {
    scope: { variables: new Map(), functions: pipelineFunctions(loading.request.bundle, place) },
    sensitive: new Set(),
    elsewhere: {},
  };
}

export const namesOfDefaults = (place: TextPlace, loading: Loading): Names => ({
  ...noNames(place, loading),
  elsewhere: NOT_IN_A_VARIABLE,
});

export interface PartRequest {
  readonly part: PipelinePart;
  readonly path: ModulePath;
  readonly call: string | undefined;
  readonly variables: ReadonlyMap<string, LoadedVariable>;
  readonly runOnly: RunOnly;
}

interface PartAndOutputs {
  readonly loaded: LoadedPart;
  readonly outputs: ReadonlyMap<string, Output>;
}

interface Output {
  readonly value: Value;
  readonly renamed: Renamed;
  readonly need: string | undefined;
}

export function loadPart(request: PartRequest, loading: Loading, count: ModuleCount = { made: 0 }): PartAndOutputs {
  const { part, path, call, variables } = request;
  const modules: LoadedPart[] = [];
  const withVariables = namesOfVariables(variables, path, noNames(part.place, loading));
  const locals = loadLocals(
    {
      blocks: part.blocks('locals'),
      modules: part.calls.map((called) => ({
        name: called.name,
        block: called.block,
        load: (names, runOnly) => {
          const instances = loadModule({ call: called, names, runOnly, path, count }, loading);
          modules.push(...instances.parts);
          return instances;
        },
      })),
      path,
      names: { ...anyJobNames(withVariables), elsewhere: NOT_IN_LOCALS },
      runOnly: request.runOnly,
    },
    loading,
  );
  const inJobs: Names = { ...locals.names, elsewhere: { each: NO_EACH } };
  const outputs = loadOutputs(part.blocks('output'), path, locals, loading);
  const values = { ...passedInputs(variables, path), ...locals.values, ...outputs.values };
  return {
    loaded: {
      ...{ path, call, place: part.place, blocks: part.blocks, variables, locals: values },
      ...{ inJobs, outside: outsideJobs(inJobs, locals.runOnly), modules },
    },
    outputs: outputs.outputs,
  };
}

function namesOfVariables(variables: ReadonlyMap<string, LoadedVariable>, path: ModulePath, nothing: Names): Names {
  const entries = [...variables];
  const namesWhere = (is: (variable: LoadedVariable) => boolean): Set<string> =>
    new Set(entries.flatMap(([name, of]) => (is(of) ? [`var.${name}`] : [])));
  const renamed = entries.map(([name, of]) => {
    const isLocal = of.kind === 'passed';
    const there = isLocal
      ? renamedLocal(localInPlan(path, 'input', name))
      : renamedVariable(variableInPlan(path, name));
    return [name, there] as const;
  });
  return {
    ...withNames(nothing, { var: objectValue(entries.map(([name, of]) => [name, valueOfVariable(of)])) }),
    broken: namesWhere(({ kind }) => kind === 'broken'),
    sensitive: namesWhere(
      (of) => of.kind === 'secret' || of.kind === 'sealed' || (of.kind === 'passed' && of.sensitive),
    ),
    ...(path.length > 0 && { renamed: new Map([['var', { kind: 'names', entries: new Map(renamed) }]]) }),
  };
}

function passedInputs(variables: ReadonlyMap<string, LoadedVariable>, path: ModulePath): Record<string, PlanValue> {
  return Object.fromEntries(
    [...variables].flatMap(([name, of]) => (of.kind === 'passed' ? [[localInPlan(path, 'input', name), of.plan]] : [])),
  );
}

interface ModuleRequest {
  readonly call: ModuleCall;
  readonly names: Names;
  readonly runOnly: RunOnly;
  readonly path: ModulePath;
  readonly count: ModuleCount;
}

/** A module, or one for each key of its `for_each`. */
function loadModule(request: ModuleRequest, loading: Loading): ModuleValue & { parts: readonly LoadedPart[] } {
  const { call, names } = request;
  const reader = loading.reader(call.block.body, `module "${call.name}"`);
  const [forEach] = CALL_ATTRIBUTES.map((name) => reader.attribute(name)).filter((found) => found?.name === 'for_each');
  reader.otherAttributes();
  reader.finish();
  const { name } = call;
  const instances = forEach === undefined ? [{ name }] : forEachInstances(name, 'module', forEach, names, loading);
  if (instances === undefined || call.part === undefined) return { ...NO_VALUE, parts: [] };
  request.count.made += instances.length;
  if (request.count.made > MOST_INSTANCES) {
    const detail = `This pipeline has more than ${MOST_INSTANCES} instances of modules, those in modules among them.`;
    loading.error('too-many-modules', 'Too many modules', detail, { subject: call.block.headerRange });
    return { ...NO_VALUE, parts: [] };
  }
  const loaded = instances.map((instance) => loadInstance(instance, call.part, request, loading));
  const parts = loaded.map((instance) => instance.loaded);
  const [only] = loaded;
  if (forEach === undefined && only !== undefined) {
    return { ...valueOfOutputs(only.outputs, `module.${name}`), parts };
  }
  const values = loaded.map(({ key, outputs }) => ({ key, ...valueOfOutputs(outputs, `module.${name}`) }));
  return {
    parts,
    value: objectValue(values.map(({ key, value }) => [key, value])),
    renamed: { kind: 'names', entries: new Map(values.map(({ key, renamed }) => [key, renamed])) },
    // Which instance is meant may be computed, so what one needs they all do.
    runOnly: new Map(values.flatMap(({ runOnly }) => [...runOnly.values()].map((need) => [`module.${name}`, need]))),
  };
}

const NO_VALUE: ModuleValue = { value: UNKNOWN, renamed: { kind: 'names', entries: new Map() }, runOnly: new Map() };

function loadInstance(
  { name, each }: JobInstance,
  part: PipelinePart | undefined,
  { call, names, runOnly, path, count }: ModuleRequest,
  loading: Loading,
): PartAndOutputs & { key: string } {
  if (part === undefined) throw new Error('a module without a text has no instances');
  const outer = each === undefined ? names : namesWithEach(names, each);
  const variables = loadInputs(call, part, { outer, inner: namesOfDefaults(part.place, loading) }, loading);
  const inner = new Map<string, string>();
  for (const item of call.block.body.items) {
    if (item.kind !== 'attribute' || variables.get(item.name)?.kind !== 'passed') continue;
    const need = runOnlyNeed(needsOf(item.expression, outer), runOnly);
    if (need !== undefined) inner.set(`var.${item.name}`, need);
  }
  const description = describeCall(name, call.block);
  using _ = loading.inModule(description);
  const request = { part, path: [...path, name], call: description, variables, runOnly: inner };
  const key = each?.key.kind === 'string' ? each.key.value : name;
  return { ...loadPart(request, loading, count), key };
}

/** In the inputs of a module `each` has its value at once: the worker does not know of it. */
function namesWithEach(names: Names, each: NonNullable<JobInstance['each']>): Names {
  const entries = Object.entries(each);
  const { each: _, ...elsewhere } = names.elsewhere;
  const there = entries.map(([key, value]) => [key, literal(value)] as const);
  return {
    ...withNames(names, { each: objectValue(entries) }, { elsewhere }),
    renamed: new Map(names.renamed).set('each', { kind: 'names', entries: new Map(there) }),
  };
}

function literal(value: Value): Renamed {
  return { kind: 'text', text: `(${literalText(value)})`, needs: [], sensitive: false };
}

function valueOfOutputs(outputs: ReadonlyMap<string, Output>, name: string): ModuleValue {
  const entries = [...outputs];
  return {
    value: objectValue(entries.map(([key, { value }]) => [key, value])),
    renamed: { kind: 'names', entries: new Map(entries.map(([key, { renamed }]) => [key, renamed])) },
    runOnly: new Map(entries.flatMap(([key, { need }]) => (need === undefined ? [] : [[`${name}.${key}`, need]]))),
  };
}

function loadOutputs(
  blocks: readonly Block[],
  path: ModulePath,
  locals: { readonly names: Names; readonly runOnly: RunOnly },
  loading: Loading,
): { values: Record<string, PlanValue>; outputs: Map<string, Output> } {
  const outputs = new Map<string, Output>();
  const values: Record<string, PlanValue> = {};
  for (const block of blocks) {
    const [name] = loading.labels(block, 'name') ?? [];
    if (name === undefined || !loading.isName(name, 'output', labelRange(block, 0))) continue;
    const reader = loading.reader(block.body, `output "${name}"`);
    const attribute = reader.attribute('value');
    loading.expressions.text(reader.attribute('description'), locals.names);
    reader.finish();
    if (attribute === undefined) {
      const detail = `The output "${name}" needs a value: output "${name}" { value = … }.`;
      loading.error('missing-attribute', 'Attribute missing', detail, { subject: block.headerRange });
      continue;
    }
    if (outputs.has(name)) {
      const detail = `There is an output "${name}" above already.`;
      loading.error('duplicate-name', 'Declared twice', detail, { subject: block.headerRange });
      continue;
    }
    const { plan, value } = loading.expressions.planValue(attribute.expression, locals.names);
    if (path.length === 0) {
      const detail = `Outputs are for who calls a module; this is the pipeline itself, so "${name}" is not used. What a task finds out goes to the file $PIKOCI_OUTPUT as NAME=value.`;
      loading.warning('useless-output', 'Output for nobody', detail, { subject: block.headerRange });
      continue;
    }
    const planName = localInPlan(path, 'output', name);
    values[planName] = plan;
    const isSensitive = plan.kind === 'deferred' && plan.sensitive;
    const need =
      plan.kind === 'known' || isWhollyKnown(value)
        ? undefined
        : runOnlyNeed(needsOf(attribute.expression, locals.names), locals.runOnly);
    outputs.set(name, { value, renamed: renamedLocal(planName, isSensitive), need });
  }
  return { values, outputs };
}
