import type { Span } from './span.ts';

export type CompletionKind =
  | 'block'
  | 'attribute'
  | 'parameter'
  | 'function'
  | 'variable'
  | 'local'
  | 'fact'
  | 'resource'
  | 'job'
  | 'type'
  | 'value'
  | 'file'
  | 'directory'
  | 'keyword';

/** Something that may be written at the cursor. */
export interface Completion {
  readonly label: string;
  readonly kind: CompletionKind;
  /** Beside the label: a signature, a value. */
  readonly detail?: string;
  /** Markdown. */
  readonly doc?: string;
  /** What is written over `span`: a snippet in the form that editors share (`$1`, `${1:name}`, `${1|a,b|}`, `$0` for the end). */
  readonly insert: string;
  readonly span: Span;
  /** Those with the smaller one come first; 5 unless given. */
  readonly rank?: number;
}

/** A text as a part of a snippet that means itself. */
export const escapeSnippet = (text: string): string => text.replace(/[\\$}]/g, '\\$&');

/** A choice between texts; the first is there at the beginning. */
export const snippetChoice = (place: number, texts: readonly string[]): string =>
  `\${${place}|${texts.map((text) => text.replace(/[\\,|$}]/g, '\\$&')).join(',')}|}`;

/** The same snippet with its places counted from `by` on. */
export const shiftSnippet = (snippet: string, by: number): string =>
  snippet.replace(/\$(\{?)([1-9])/g, (_, brace: string, place: string) => `$${brace}${Number(place) + by}`);

/** What a snippet is without its places, for an editor that has none. */
export const plainSnippet = (snippet: string): string =>
  snippet
    .replace(/\$\{\d+\|((?:\\.|[^\\,|])*)[^}]*\|\}/g, '$1')
    .replace(/\$\{\d+:((?:\\.|[^\\}])*)\}/g, '$1')
    .replace(/(?<!\\)\$\d/g, '')
    .replace(/\\([\\$},|])/g, '$1');
