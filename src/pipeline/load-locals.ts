/**
 * `locals`, and the modules between them: named expressions in any order, some of which need what a module gives, whose inputs need others. Each is
 * evaluated after those it uses; a circle is shown as the circle it is.
 */
import type { Range } from '../hcl/position.ts';
import { references } from '../hcl/references.ts';
import type { Attribute, Block, Expression } from '../hcl/syntax.ts';
import { compareText, UNKNOWN, type Value } from '../hcl/value.ts';
import { needsOf } from './expressions.ts';
import type { Loading } from './loading.ts';
import { localInPlan, type ModulePath, renamedLocal } from './module-path.ts';
import { type Names, secondName, withNames } from './names.ts';
import type { PlanValue } from './plan-value.ts';
import type { Renamed } from './renamed.ts';

export interface LoadedLocals {
  /** By their names in the plan. */
  readonly values: Readonly<Record<string, PlanValue>>;
  /** `names` with `local` and `module` in it, and those locals that are sensitive. */
  readonly names: Names;
  /** Names that need what only a job's steps have, each with what it needs: `local.tag` needs `build.number`. */
  readonly runOnly: RunOnly;
}

export type RunOnly = ReadonlyMap<string, string>;

/** What expressions see of a module. */
export interface ModuleValue {
  /** An object of its outputs, or, with `for_each`, of such objects by key; unknown when something was wrong with it. */
  readonly value: Value;
  readonly renamed: Renamed;
  readonly runOnly: RunOnly;
}

/** A module that is loaded when its turn has come. */
export interface WaitingModule {
  readonly name: string;
  readonly block: Block;
  /** `names` and `runOnly` are those of the caller. */
  load(names: Names, runOnly: RunOnly): ModuleValue;
}

export interface LocalsRequest {
  readonly blocks: readonly Block[];
  readonly modules: readonly WaitingModule[];
  readonly path: ModulePath;
  /** Those of a job's steps: a local may use `build`, `get` and `task`. */
  readonly names: Names;
  /** What is run-only among the names already. */
  readonly runOnly: RunOnly;
}

export function loadLocals({ blocks, modules, path, names, ...given }: LocalsRequest, loading: Loading): LoadedLocals {
  const attributes = collect(blocks, loading);
  const known = new Map<string, Value>([...attributes.keys()].sort(compareText).map((name) => [name, UNKNOWN]));
  const calls = new Map(modules.map((call) => [call.name, call]));
  const outputs = new Map<string, Value>([...calls.keys()].sort(compareText).map((name) => [name, UNKNOWN]));
  const renamedOutputs = new Map<string, Renamed>();
  const sensitive = new Set(names.sensitive);
  const runOnly = new Map(given.runOnly);
  // Those in a circle are never evaluated; the others leave this set when they have a value.
  const broken = new Set([...(names.broken ?? []), ...[...attributes.keys()].map((name) => `local.${name}`)]);
  for (const name of calls.keys()) broken.add(`module.${name}`);
  const renamed = new Map(names.renamed).set('module', { kind: 'names', entries: renamedOutputs });
  if (path.length > 0) {
    const entries = [...attributes.keys()].map(
      (name) => [name, renamedLocal(localInPlan(path, 'local', name))] as const,
    );
    renamed.set('local', { kind: 'names', entries: new Map(entries) });
  }
  // `known` and `outputs` are filled while the locals are evaluated, each after those it uses.
  const here: Names = {
    ...withNames(names, {
      local: { kind: 'object', entries: known, sensitive: false },
      module: { kind: 'object', entries: outputs, sensitive: false },
    }),
    ...{ sensitive, broken, renamed },
  };
  const values: Record<string, PlanValue> = {};
  const readLocal = (name: string, { expression }: Attribute): void => {
    const { plan, value, broken: isBroken } = loading.expressions.planValue(expression, here);
    known.set(name, value);
    values[localInPlan(path, 'local', name)] = plan;
    const needs = plan.kind === 'deferred' ? needsOf(expression, here) : [];
    if (isBroken !== true && !needs.some((need) => broken.has(need))) broken.delete(`local.${name}`);
    if (plan.kind === 'known') return;
    if (plan.sensitive) sensitive.add(`local.${name}`);
    const needed = runOnlyNeed(needs, runOnly);
    if (needed !== undefined) runOnly.set(`local.${name}`, needed);
  };
  for (const node of inOrder(attributes, calls, loading)) {
    const attribute = node.kind === 'local' ? attributes.get(node.name) : undefined;
    if (attribute !== undefined) readLocal(node.name, attribute);
    const call = node.kind === 'module' ? calls.get(node.name) : undefined;
    if (call === undefined) continue;
    const loaded = call.load(here, runOnly);
    outputs.set(node.name, loaded.value);
    renamedOutputs.set(node.name, loaded.renamed);
    for (const [name, need] of loaded.runOnly) runOnly.set(name, need);
    if (loaded.value.kind !== 'unknown') broken.delete(`module.${node.name}`);
  }
  return { values, names: here, runOnly };
}

/** What of a run these needs come down to, if anything. */
export function runOnlyNeed(needs: readonly string[], runOnly: RunOnly): string | undefined {
  for (const need of needs) {
    if (/^(build|get|task)\b/.test(need)) return need;
    const direct = runOnly.get(need);
    if (direct !== undefined) return direct;
    if (!need.startsWith('module.')) continue;
    // What is needed of a module may be a part of an output, or all outputs.
    for (const [name, needed] of runOnly) if (isWithin(need, name) || isWithin(name, need)) return needed;
  }
  return undefined;
}

const isWithin = (name: string, outer: string): boolean => name.startsWith(`${outer}.`) || name.startsWith(`${outer}[`);

function collect(blocks: readonly Block[], loading: Loading): Map<string, Attribute> {
  const attributes = new Map<string, Attribute>();
  for (const block of blocks) {
    if (loading.labels(block) === undefined) continue;
    const reader = loading.reader(block.body, 'locals');
    for (const attribute of reader.otherAttributes()) {
      const first = attributes.get(attribute.name);
      if (first === undefined) attributes.set(attribute.name, attribute);
      // Twice in one block was reported by the parser.
      else if (!block.body.items.includes(first)) {
        const detail = `The local "${attribute.name}" is set on line ${first.range.start.line} already.`;
        loading.error('duplicate-name', 'Declared twice', detail, { subject: attribute.nameRange });
      }
    }
    reader.finish();
  }
  return attributes;
}

interface Node {
  readonly kind: 'local' | 'module';
  readonly name: string;
  readonly expressions: readonly Expression[];
  readonly range: Range;
}

/** So that each comes after those it uses. One circle is reported once; its members come in any order. */
function inOrder(
  attributes: ReadonlyMap<string, Attribute>,
  calls: ReadonlyMap<string, WaitingModule>,
  loading: Loading,
): Node[] {
  const nodes = new Map<string, Node>();
  for (const [name, { expression, range }] of attributes) {
    nodes.set(`local.${name}`, { kind: 'local', name, expressions: [expression], range });
  }
  for (const [name, { block }] of calls) {
    const expressions = block.body.items.flatMap((item) => (item.kind === 'attribute' ? [item.expression] : []));
    nodes.set(`module.${name}`, { kind: 'module', name, expressions, range: block.headerRange });
  }
  const order: Node[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): void => {
    const node = nodes.get(name);
    if (node === undefined || done.has(name)) return;
    const at = path.indexOf(name);
    if (at >= 0) {
      const members = path.slice(at);
      const circle = [...members, name].join(' → ');
      const what = members.some((member) => member.startsWith('module.')) ? 'These' : 'These locals';
      const detail = `${what} need each other, so none of them has a value: ${circle}.`;
      loading.error('circle', `${what === 'These' ? 'Modules' : 'Locals'} in a circle`, detail, {
        subject: node.range,
      });
      for (const member of members) done.add(member);
      return;
    }
    path.push(name);
    for (const expression of node.expressions) {
      for (const reference of references(expression)) {
        if (reference.root !== 'local' && reference.root !== 'module') continue;
        const second = secondName(reference);
        if (second !== undefined) visit(`${reference.root}.${second}`);
        else for (const other of nodes.keys()) if (other.startsWith(`${reference.root}.`)) visit(other);
      }
    }
    path.pop();
    if (!done.has(name)) order.push(node);
    done.add(name);
  };
  for (const name of nodes.keys()) visit(name);
  return order;
}
