/** The names a pipeline's expressions may use, without the pipeline: for a console, where one asks what they hold. */
import type { Diagnostic } from '../hcl/diagnostic.ts';
import type { Scope } from '../hcl/scope.ts';
import { loadPart, noNames } from './load-part.ts';
import type { LoadRequest } from './load-request.ts';
import { loadVariables } from './load-variables.ts';
import { Loading } from './loading.ts';
import { checkReference } from './names.ts';
import { readParts } from './read-parts.ts';

export interface LoadedScope {
  /** Variables, locals, and what only a run knows as unknown values. Secrets are unknown and sensitive. */
  readonly scope: Scope;
  /** What is wrong with variables and locals, and what could not be read at all; other blocks are not looked into. */
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;
}

/** Reads what the names of the main file mean, those of its modules' outputs too. A value that is wrong is unknown, and that is said once. */
export async function loadScope(request: LoadRequest): Promise<LoadedScope> {
  const loading = new Loading(request);
  const { main, files } = request.bundle;
  const part = await readParts(main, Object.hasOwn(files, main) ? (files[main] ?? '') : '', loading);
  const variables = loadVariables(part.blocks('variable'), noNames(part.place, loading), loading);
  const { loaded } = loadPart({ part, path: [], call: undefined, variables, runOnly: new Map() }, loading);
  const names = loaded.inJobs;
  return {
    scope: { ...names.scope, unknownVariable: (traversal) => checkReference(traversal, names) },
    diagnostics: loading.diagnostics,
    sources: loading.texts,
  };
}
