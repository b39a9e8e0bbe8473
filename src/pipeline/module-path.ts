/**
 * How the parts of a pipeline that came from modules are called. Jobs, resources and types get a prefix that a person reads, `go--build`; in the
 * plan, variables and locals get one with colons, which no name of the language has, so that they never clash: `local["go:input:version"]`.
 */
import type { Renamed } from './renamed.ts';

/** The names of the modules around a part, the outermost first; none for the pipeline itself. */
export type ModulePath = readonly string[];

export const prefixOf = (path: ModulePath): string => path.map((name) => `${name}--`).join('');

/** The name of a thing of a module, or of the pipeline, as the part at `path` knows it. */
export function nameSeenFrom(path: ModulePath, name: string): string {
  const prefix = prefixOf(path);
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

export const variableInPlan = (path: ModulePath, name: string): string => [...path, name].join(':');

/** Whether a variable of the plan is one of a module, which nobody outside gives a value. */
export const isOfModule = (planName: string): boolean => planName.includes(':');

export type LocalOrigin = 'input' | 'local' | 'output';

export const localInPlan = (path: ModulePath, origin: LocalOrigin, name: string): string =>
  path.length === 0 ? name : [...path, origin, name].join(':');

export const renamedVariable = (planName: string): Renamed => inPlan('var', planName, false);

export const renamedLocal = (planName: string, sensitive = false): Renamed => inPlan('local', planName, sensitive);

function inPlan(root: 'var' | 'local', name: string, sensitive: boolean): Renamed {
  return { kind: 'text', text: `${root}[${JSON.stringify(name)}]`, needs: [`${root}.${name}`], sensitive };
}

/** A need of the plan in the words of the text: `var.version of module "go"`. */
export function describeNeed(need: string): string {
  const [, root, names = ''] = /^(var|local)\.([^:]+(?::[^:]+)+)$/.exec(need) ?? [];
  if (root === undefined) return need;
  const path = names.split(':');
  const name = path.pop();
  if (root === 'var') return `var.${name}${inModule(path)}`;
  const origin = path.pop();
  if (origin === 'output') return `module.${path.join('.')}.${name}`;
  return `${origin === 'input' ? 'var' : 'local'}.${name}${inModule(path)}`;
}

const inModule = (path: readonly string[]): string => ` of module "${path.join('" in "')}"`;
