/**
 * What a deferred expression calls on the worker that which has another name in the text: a variable of a module, the iterator of a dynamic
 * block. The worker has one set of names for the whole pipeline, so such a reference is replaced when the text of the expression is made.
 */
import { SourceRange } from '../hcl/source-text.ts';
import type { Traversal } from '../hcl/syntax.ts';

export type Renamed =
  /** `text` is an expression that can stand before `.name` and `[0]`. */
  | { readonly kind: 'text'; readonly text: string; readonly needs: readonly string[]; readonly sensitive: boolean }
  | { readonly kind: 'names'; readonly entries: ReadonlyMap<string, Renamed> };

export interface Replacement {
  /** What is replaced, as offsets in the text. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** The entry that a reference leads to, and how many of its steps lead there. */
function follow(traversal: Traversal, renamed: Renamed): { at: Renamed; steps: number } {
  let at = renamed;
  let steps = 0;
  for (const { key } of traversal.steps) {
    const next = at.kind === 'names' && key.kind === 'string' ? at.entries.get(key.value) : undefined;
    if (next === undefined) break;
    at = next;
    steps += 1;
  }
  return { at, steps };
}

/** What stands in place of a reference; undefined for one that is called the same on the worker. */
export function replaceReference(
  traversal: Traversal,
  renamed: ReadonlyMap<string, Renamed> | undefined,
): Replacement | undefined {
  const root = renamed?.get(traversal.root);
  if (root === undefined) return undefined;
  const { at, steps } = follow(traversal, root);
  const start = traversal.rootRange;
  const end = traversal.steps[steps - 1]?.range ?? start;
  if (!(start instanceof SourceRange) || !(end instanceof SourceRange)) {
    throw new Error('the reference was not parsed from a text');
  }
  return { from: start.from, to: end.to, text: textOf(at) };
}

/** What a reference needs on the worker, by the names that hold there; undefined for one that is called the same. */
export function renamedNeeds(
  traversal: Traversal,
  renamed: ReadonlyMap<string, Renamed> | undefined,
): { readonly needs: readonly string[]; readonly sensitive: boolean } | undefined {
  const root = renamed?.get(traversal.root);
  return root === undefined ? undefined : needsOf(follow(traversal, root).at);
}

function needsOf(renamed: Renamed): { needs: readonly string[]; sensitive: boolean } {
  if (renamed.kind === 'text') return renamed;
  const inner = [...renamed.entries.values()].map(needsOf);
  return { needs: inner.flatMap(({ needs }) => needs), sensitive: inner.some(({ sensitive }) => sensitive) };
}

function textOf(renamed: Renamed): string {
  if (renamed.kind === 'text') return renamed.text;
  const items = [...renamed.entries].map(([key, item]) => `${JSON.stringify(key)} = ${textOf(item)}`);
  return `({ ${items.join(', ')} })`;
}
