/** What Tab offers at the end of a line: functions, variables, and what is in them. */
import { type Scope, variableNamed } from '../../hcl/scope.ts';
import { compareText } from '../../hcl/value.ts';

/** The names that go on what the line ends with, whole, and that end. As `node:readline` wants it. */
export function completeName(line: string, scope: Scope): [names: string[], typed: string] {
  const typed =
    /(?:[\p{ID_Start}_][\p{ID_Continue}-]*\.)*(?:[\p{ID_Start}_][\p{ID_Continue}-]*)?$/u.exec(line)?.[0] ?? '';
  const dot = typed.lastIndexOf('.');
  const names = dot < 0 ? rootNames(scope) : namesIn(typed.slice(0, dot), scope);
  return [names.filter((name) => name.startsWith(typed)).sort(compareText), typed];
}

function rootNames(scope: Scope): string[] {
  const names = new Set<string>();
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    for (const name of at.variables.keys()) names.add(name);
    for (const name of at.functions.keys()) names.add(`${name}(`);
  }
  return [...names];
}

/** The attributes of what a path like `var.image` holds. Of what must not be shown there is nothing to say. */
function namesIn(path: string, scope: Scope): string[] {
  const [root = '', ...rest] = path.split('.');
  let value = variableNamed(root, scope);
  for (const name of rest)
    value = value?.kind === 'object' || value?.kind === 'map' ? value.entries.get(name) : undefined;
  if (value === undefined || value.sensitive || (value.kind !== 'object' && value.kind !== 'map')) return [];
  return [...value.entries.keys()]
    .filter((name) => /^[\p{ID_Start}_][\p{ID_Continue}-]*$/u.test(name))
    .map((name) => `${path}.${name}`);
}
