/** The names a pipeline's expressions may use, without the pipeline: for a console, where one asks what they hold. */
import { type Diagnostic, errorDiagnostic } from '../hcl/diagnostic.ts';
import type { Scope } from '../hcl/scope.ts';
import type { Traversal } from '../hcl/syntax.ts';
import { traversalText } from '../hcl/traversal-text.ts';
import { isBroken } from './expressions.ts';
import { loadPart, noNames } from './load-part.ts';
import type { LoadRequest } from './load-request.ts';
import { loadVariables } from './load-variables.ts';
import { Loading } from './loading.ts';
import { checkReference, type Names } from './names.ts';
import { readParts } from './read-parts.ts';

export interface LoadedScope {
  /** Variables, locals, and what only a run knows as unknown values. Secrets are unknown and sensitive. */
  readonly scope: Scope;
  /** What is wrong with variables and locals, and what could not be read at all; other blocks are not looked into. */
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;
}

/** Reads what the names of the main file mean, those of its modules' outputs too. A name with which something is wrong has no value, and whoever asks for it is told. */
export async function loadScope(request: LoadRequest): Promise<LoadedScope> {
  const loading = new Loading(request);
  const { main, files } = request.bundle;
  const part = await readParts(main, Object.hasOwn(files, main) ? (files[main] ?? '') : '', loading);
  const variables = loadVariables(part.blocks('variable'), noNames(part.place, loading), loading);
  const { loaded } = loadPart({ part, path: [], call: undefined, variables, runOnly: new Map() }, loading);
  const names = loaded.inJobs;
  return {
    scope: {
      ...names.scope,
      unknownVariable: (traversal) => checkReference(traversal, names),
      unknownValue: (traversal) => withoutValue(traversal, names),
    },
    diagnostics: loading.diagnostics,
    sources: loading.texts,
  };
}

function withoutValue(traversal: Traversal, names: Names): Diagnostic | undefined {
  if (!isBroken(traversal, names)) return undefined;
  const detail = `${traversalText(traversal)} has no value: what is wrong with it was said when the pipeline was read.`;
  return errorDiagnostic('no-value', 'No value', detail, { subject: traversal.range });
}
