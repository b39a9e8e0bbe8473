/** `locals`: named expressions in any order. Each is evaluated after those it uses; a circle is shown as the circle it is. */
import { references } from '../hcl/references.ts';
import type { Attribute, Block } from '../hcl/syntax.ts';
import { compareText, UNKNOWN, type Value } from '../hcl/value.ts';
import type { ReadValue } from './expressions.ts';
import type { Loading } from './loading.ts';
import { type Names, secondName, withNames } from './names.ts';
import type { PlanValue } from './plan.ts';

export interface LoadedLocals {
  readonly values: Readonly<Record<string, PlanValue>>;
  /** `names` with `local` in it, and those locals that are sensitive. */
  readonly names: Names;
  /** Locals that need what only a job's steps have, each with the name they need: `build.number`. */
  readonly runOnly: ReadonlyMap<string, string>;
}

/** `names` are those of a job's steps: a local may use `build`, `get` and `task`. */
export function loadLocals(blocks: readonly Block[], names: Names, loading: Loading): LoadedLocals {
  const attributes = collect(blocks, loading);
  const known = new Map<string, Value>([...attributes.keys()].sort(compareText).map((name) => [name, UNKNOWN]));
  const sensitive = new Set(names.sensitive);
  const runOnly = new Map<string, string>();
  // Those in a circle are never evaluated; the others leave this set when they have a value.
  const broken = new Set([...(names.broken ?? []), ...[...attributes.keys()].map((name) => `local.${name}`)]);
  // `known` is filled while the locals are evaluated, each after those it uses.
  const here = {
    ...withNames(names, { local: { kind: 'object', entries: known, sensitive: false } }),
    sensitive,
    broken,
  };
  const values: Record<string, PlanValue> = {};
  for (const name of inOrder(attributes, loading)) {
    const attribute = attributes.get(name);
    if (attribute === undefined) continue;
    const read: ReadValue = loading.expressions.planValue(attribute.expression, here);
    known.set(name, read.value);
    values[name] = read.plan;
    const { plan } = read;
    const needsBroken = plan.kind === 'deferred' && plan.needs.some((need) => broken.has(need));
    if (read.broken !== true && !needsBroken) broken.delete(`local.${name}`);
    if (read.plan.kind === 'known') continue;
    if (read.plan.sensitive) sensitive.add(`local.${name}`);
    for (const need of read.plan.needs) {
      const needed = /^(build|get|task)\b/.test(need) ? need : runOnly.get(need.replace(/^local\./, ''));
      if (needed !== undefined && !need.startsWith('var.')) runOnly.set(name, needed);
    }
  }
  return { values, names: here, runOnly };
}

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

/** Names so that each comes after those it uses. One circle is reported once; its members come in any order. */
function inOrder(attributes: ReadonlyMap<string, Attribute>, loading: Loading): string[] {
  const order: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): void => {
    const attribute = attributes.get(name);
    if (attribute === undefined || done.has(name)) return;
    const at = path.indexOf(name);
    if (at >= 0) {
      const circle = [...path.slice(at), name].map((member) => `local.${member}`).join(' → ');
      const detail = `These locals need each other, so none of them has a value: ${circle}.`;
      loading.error('circle', 'Locals in a circle', detail, { subject: attribute.range });
      for (const member of path.slice(at)) done.add(member);
      return;
    }
    path.push(name);
    for (const reference of references(attribute.expression)) {
      if (reference.root === 'local') visit(secondName(reference) ?? '');
    }
    path.pop();
    if (!done.has(name)) order.push(name);
    done.add(name);
  };
  for (const name of attributes.keys()) visit(name);
  return order;
}
