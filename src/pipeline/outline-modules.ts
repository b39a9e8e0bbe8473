/**
 * What modules bring, in the words of the text. The plan keeps the inputs, locals and outputs of a module under names of its own (module-path.ts), which no
 * text has; here each module is a block with them, and an expression says `var.token` or `module.go.summary`, as who wrote it did.
 */
import { type ModulePath, prefixOf } from './module-path.ts';
import { type OutlineBlock, type OutlineValue, outlineBlock, planned } from './outline.ts';
import type { PlanScope } from './plan.ts';
import type { PlanValue } from './plan-value.ts';

/** `module.go`, and for one inside another `module.go.module.sub`. */
export const moduleHeader = (path: ModulePath): string => path.map((name) => `module.${name}`).join('.');

/** The name of a module's variable in the plan, taken apart; undefined for one of the pipeline itself. */
export function ofModule(planName: string): { readonly path: ModulePath; readonly name: string } | undefined {
  const path = planName.split(':');
  const name = path.pop();
  return name === undefined || path.length === 0 ? undefined : { path, name };
}

interface OwnLocal {
  readonly path: ModulePath;
  readonly origin: string;
  readonly name: string;
}

function localOf(planName: string): OwnLocal | undefined {
  const [origin, name, ...rest] = planName.split(':').slice(-2);
  const path = planName.split(':').slice(0, -2);
  if (origin === undefined || name === undefined || rest.length > 0 || path.length === 0) return undefined;
  return { path, origin, name };
}

export interface OutlinedModule {
  /** As the jobs it brings are called: `go--sub`. */
  readonly name: string;
  readonly path: ModulePath;
  readonly outline: OutlineBlock;
}

/** A block for each module that has inputs, locals or outputs. `variable` outlines the value of an input. */
export function outlineModules(
  { variables, locals }: PlanScope,
  variable: (binding: PlanScope['variables'][string]) => { value?: OutlineValue; blocks: readonly OutlineBlock[] },
): OutlinedModule[] {
  const found = new Map<string, { path: ModulePath; entries: Record<string, OutlineValue>; blocks: OutlineBlock[] }>();
  const at = (path: ModulePath) => {
    const module = found.get(path.join(':')) ?? { path, entries: {}, blocks: [] };
    found.set(path.join(':'), module);
    return module;
  };
  for (const [planName, binding] of Object.entries(variables)) {
    const own = ofModule(planName);
    if (own === undefined) continue;
    const { value, blocks } = variable(binding);
    const module = at(own.path);
    if (value !== undefined) module.entries[own.name] = value;
    module.blocks.push(...blocks.map((block) => outlineBlock(own.name, {}, [block])));
  }
  for (const [planName, value] of Object.entries(locals)) {
    const own = localOf(planName);
    if (own === undefined) continue;
    const { path, origin, name } = own;
    at(path).entries[origin === 'input' ? name : `${origin}.${name}`] = inWords(
      origin === 'input' ? asGiven(value) : planned(value),
      // An input is written where the module is called.
      origin === 'input' ? path.slice(0, -1) : path,
    );
  }
  return [...found.values()].map(({ path, entries, blocks }) => ({
    name: path.join('--'),
    path,
    outline: outlineBlock(moduleHeader(path), entries, blocks),
  }));
}

/** An input without the conversion to a text around it, which nobody wrote: what only a run knows is one nearly always. */
function asGiven(value: PlanValue): OutlineValue {
  const outlined = planned(value);
  const inner = /^tostring\(\((.*)\)\)$/s.exec(outlined.text)?.[1];
  return inner === undefined || value.kind === 'known' || !isBalanced(inner) ? outlined : { ...outlined, text: inner };
}

/** Whether the brackets around a text belong together: not so in `a) + (b`. */
function isBalanced(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** The names of a plan's variables and locals that no text has. */
const PLAN_NAME = /\b(var|local)\["([^"\\:]+(?::[^"\\:]+)+)"\]/g;

function inWords(value: OutlineValue, from: ModulePath): OutlineValue {
  const text = value.text.replace(
    PLAN_NAME,
    (all, root: string, planName: string) => wordsFor(root, planName, from) ?? all,
  );
  return text === value.text ? value : { ...value, text };
}

function wordsFor(root: string, planName: string, from: ModulePath): string | undefined {
  if (root === 'var') {
    const own = ofModule(planName);
    return own && seenFrom(from, own.path, `var.${own.name}`);
  }
  const own = localOf(planName);
  if (own === undefined) return undefined;
  if (own.origin === 'input') return seenFrom(from, own.path, `var.${own.name}`);
  if (own.origin === 'local') return seenFrom(from, own.path, `local.${own.name}`);
  const called = own.path.at(-1);
  return seenFrom(from, own.path.slice(0, -1), `module.${called}.${own.name}`);
}

/** In its own part a thing has its own name; elsewhere no text can mean it, and where it stands is told with it. */
function seenFrom(from: ModulePath, path: ModulePath, name: string): string {
  return from.join(':') === path.join(':') ? name : [moduleHeader(path), name].filter(Boolean).join('.');
}

/** A block with every expression in the words of the part that it stands in. `paths`: those of all modules. */
export function blockInWords(block: OutlineBlock, name: string, paths: readonly ModulePath[]): OutlineBlock {
  if (paths.length === 0) return block;
  const own = paths.filter((path) => name.startsWith(prefixOf(path)));
  const from = own.reduce<ModulePath>((longest, path) => (path.length > longest.length ? path : longest), []);
  const rewrite = ({ header, attributes, blocks }: OutlineBlock): OutlineBlock => ({
    header,
    attributes: new Map([...attributes].map(([key, value]) => [key, inWords(value, from)])),
    blocks: blocks.map(rewrite),
  });
  return rewrite(block);
}
