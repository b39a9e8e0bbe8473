/** What names mean at a place of a pipeline, and what is said about one that means nothing there. */
import { type Diagnostic, errorDiagnostic } from '../hcl/diagnostic.ts';
import type { Scope } from '../hcl/scope.ts';
import type { Traversal } from '../hcl/syntax.ts';
import type { Value } from '../hcl/value.ts';
import { nearest } from '../lib/nearest.ts';
import type { Renamed } from './renamed.ts';

/** What an expression may refer to where it stands. */
export interface Names {
  readonly scope: Scope;
  /** Variables and locals whose value is secret: `var.db_password`, `local.url`. */
  readonly sensitive: ReadonlySet<string>;
  /** What exists elsewhere, each with the reason why not here: roots (`each`), and single names (`local.tag`). */
  readonly elsewhere: Readonly<Record<string, string>>;
  /** Variables and locals (and all of `each`) that have no value because something was wrong with them: what needs them is not wrong as well. */
  readonly broken?: ReadonlySet<string>;
  /** `get.` and `task.` names that exist in the job but come later than here. */
  readonly later?: ReadonlySet<string>;
  /** Roots whose names are others on the worker. */
  readonly renamed?: ReadonlyMap<string, Renamed>;
  /** Roots that are iterators of the dynamic blocks around the place. */
  readonly iterators?: ReadonlySet<string>;
}

/** The same names and more (or others in their place). */
export function withNames(
  names: Names,
  variables: Readonly<Record<string, Value>>,
  changes: Partial<Pick<Names, 'elsewhere' | 'later' | 'broken'>> = {},
): Names {
  return {
    ...names,
    ...changes,
    scope: { ...names.scope, variables: new Map([...names.scope.variables, ...Object.entries(variables)]) },
  };
}

/** What a root's entries are called in a message. */
const NOUNS: Readonly<Record<string, string>> = {
  var: 'variable',
  local: 'local',
  get: 'get step',
  task: 'task',
  build: 'fact of the build',
  each: 'attribute of each',
  input: 'input',
  module: 'module',
};

/** How a missing one would be made. */
const REMEDIES: Readonly<Record<string, (name: string) => string>> = {
  var: (name) => ` Declare it: variable "${name}" {}.`,
  local: (name) => ` Declare it: locals { ${name} = … }.`,
  input: (name) => ` Declare it in the job: inputs { ${name} {} }.`,
  module: (name) => ` Call it: module "${name}" { source = … }.`,
};

/** The name after the root: `db` of `var.db.host` and `var["db"].host`. */
export function secondName(traversal: Traversal): string | undefined {
  const key = traversal.steps[0]?.key;
  return key?.kind === 'string' ? key.value : undefined;
}

/** What is wrong with a reference, where this room knows better than the language does; otherwise nothing. */
export function checkReference(traversal: Traversal, names: Names): Diagnostic | undefined {
  const { root } = traversal;
  const known = names.scope.variables.get(root);
  if (known === undefined) return unknownRoot(traversal, names);
  const name = secondName(traversal);
  if (name === undefined || known.kind !== 'object') return undefined;
  const reason = names.elsewhere[`${root}.${name}`];
  if (reason !== undefined) {
    return errorDiagnostic('name-not-here', `No "${root}.${name}" here`, reason, { subject: traversal.range });
  }
  const third = traversal.steps[1]?.key;
  const ofModule = root === 'module' && third?.kind === 'string' ? `module.${name}.${third.value}` : '';
  const reasonOfOutput = names.elsewhere[ofModule];
  if (reasonOfOutput !== undefined) {
    return errorDiagnostic('name-not-here', `No "${ofModule}" here`, reasonOfOutput, { subject: traversal.range });
  }
  const isIterator = names.iterators?.has(root) === true;
  if (!known.entries.has(name)) {
    const noun = (isIterator ? undefined : NOUNS[root]) ?? `attribute of ${root}`;
    const suggestion = nearest(name, known.entries.keys());
    const all = [...known.entries.keys()];
    const rest =
      suggestion !== undefined
        ? ''
        : isIterator
          ? ` Here ${root} is the iterator of the dynamic block: it has key and value. With iterator = NAME in that block it is called otherwise.`
          : (REMEDIES[root]?.(name) ?? (all.length > 0 && all.length < 20 ? ` There are: ${all.join(', ')}.` : ''));
    return errorDiagnostic(`unknown-${root}`, `Unknown ${noun}`, `There is no ${noun} "${name}" here.${rest}`, {
      subject: traversal.range,
      suggestion: suggestion === undefined ? undefined : `${root}.${suggestion}`,
    });
  }
  if (!isIterator && names.later?.has(`${root}.${name}`) === true) {
    const detail = `${root}.${name} is only known after that step, which comes later in the job. Move it before this one.`;
    return errorDiagnostic('step-comes-later', 'Not known yet', detail, { subject: traversal.range });
  }
  return undefined;
}

function unknownRoot(traversal: Traversal, names: Names): Diagnostic | undefined {
  const { root } = traversal;
  const reason = names.elsewhere[root];
  if (reason !== undefined) {
    return errorDiagnostic('name-not-here', `No "${root}" here`, reason, { subject: traversal.range });
  }
  if (!/^[A-Z_][A-Z0-9_]*$/.test(root)) return undefined;
  const open = '${';
  const fact = /^BUILD_([A-Z_]+)$/.exec(root)?.[1]?.toLowerCase();
  const build = fact === undefined ? '' : ` In HCL the same is build.${fact.replace(/_name$/, '')}.`;
  return errorDiagnostic(
    'shell-variable',
    'A variable of the shell',
    `HCL fills in ${open}…} before any shell sees it, and it has no "${root}". To leave it to the shell, write $${root} (or $${open}${root}}).${build}`,
    { subject: traversal.range },
  );
}
