/** The names a pipeline's expressions may use, without the pipeline: for a console, where one asks what they hold. */
import type { Diagnostic } from '../hcl/diagnostic.ts';
import type { HclFunction } from '../hcl/function.ts';
import type { Scope } from '../hcl/scope.ts';
import type { Block } from '../hcl/syntax.ts';
import { objectValue } from '../hcl/value.ts';
import { anyJobNames } from './job-reading.ts';
import { loadLocals } from './load-locals.ts';
import type { LoadRequest } from './load-request.ts';
import { loadVariables, valueOfVariable } from './load-variables.ts';
import { Loading } from './loading.ts';
import { checkReference, type Names, withNames } from './names.ts';

export interface LoadedScope {
  /** Variables, locals, and what only a run knows as unknown values. Secrets are unknown and sensitive. */
  readonly scope: Scope;
  /** What is wrong with variables and locals, and what could not be read at all; other blocks are not looked into. */
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;
}

/** Reads `variable` and `locals` blocks of the main file. A value that is wrong is unknown, and that is said once. */
export function loadScope(request: LoadRequest, functions: ReadonlyMap<string, HclFunction>): LoadedScope {
  const loading = new Loading(request);
  const { main, files } = request.bundle;
  const body = loading.parse(main, Object.hasOwn(files, main) ? (files[main] ?? '') : '');
  const blocks = (type: string): readonly Block[] =>
    body.items.flatMap((item) => (item.kind === 'block' && item.type === type ? [item] : []));
  const nothing: Names = { scope: { variables: new Map(), functions }, sensitive: new Set(), elsewhere: {} };
  const variables = loadVariables(blocks('variable'), nothing, loading);
  const entries = [...variables].map(([name, of]) => [name, valueOfVariable(of)] as const);
  const isSecret = (kind: string): boolean => kind === 'secret' || kind === 'sealed';
  const names: Names = {
    ...withNames(nothing, { var: objectValue(entries) }),
    broken: new Set([...variables].flatMap(([name, { kind }]) => (kind === 'broken' ? [`var.${name}`] : []))),
    sensitive: new Set([...variables].flatMap(([name, { kind }]) => (isSecret(kind) ? [`var.${name}`] : []))),
  };
  const locals = loadLocals(blocks('locals'), anyJobNames(names), loading);
  const { scope } = locals.names;
  return {
    scope: { ...scope, unknownVariable: (traversal) => checkReference(traversal, locals.names) },
    diagnostics: loading.diagnostics,
    sources: loading.texts,
  };
}
