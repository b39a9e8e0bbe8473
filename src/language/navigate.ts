/** Where names are declared and used. */
import type { Attribute, Block } from '../hcl/syntax.ts';
import { SOURCE_KINDS } from '../pipeline/source.ts';
import { READS_FILE } from './complete-text.ts';
import type { PipelineDocument } from './document.ts';
import { literalText } from './literals.ts';
import { declaredInModule, moduleCalled } from './modules.ts';
import { type Span, spanOf, touches } from './span.ts';
import { type Occurrence, symbolKey } from './symbols.ts';
import { attributeAt, blocksAround, expressionsAt } from './tree.ts';

export type Target =
  | { readonly kind: 'here'; readonly name: Span; readonly whole: Span }
  /** A file beside this one, by the path that is written. */
  | { readonly kind: 'file'; readonly path: string; readonly at: Span }
  /** A name in another file, which is found by the path that this one writes. */
  | { readonly kind: 'elsewhere'; readonly path: string; readonly name: Span };

export function occurrenceAt(document: PipelineDocument, offset: number): Occurrence | undefined {
  return document.occurrences.find(({ span }) => touches(span, offset));
}

/** Where what is under the cursor is declared: more than one place, where somebody declared it twice. */
export function definitionsAt(document: PipelineDocument, offset: number): readonly Target[] {
  const occurrence = occurrenceAt(document, offset);
  const { symbol: found } = occurrence ?? {};
  if (found?.kind === 'module input' || found?.kind === 'module output') {
    const source = moduleCalled(document, found.module)?.source;
    const label = declaredInModule(document, found)?.labels[0];
    return source === undefined || label === undefined || isAddress(source)
      ? []
      : [{ kind: 'elsewhere', path: source, name: spanOf(label.range) }];
  }
  if (occurrence !== undefined) {
    const key = symbolKey(occurrence.symbol);
    return document.occurrences.flatMap(({ symbol, span, declaration }) =>
      declaration !== undefined && symbolKey(symbol) === key
        ? [{ kind: 'here', name: span, whole: spanOf(declaration.range) }]
        : [],
    );
  }
  const path = pathAt(document, offset);
  return path === undefined ? [] : [path];
}

/** Every place that names the same thing, its declaration among them if wanted. */
export function referencesAt(document: PipelineDocument, offset: number, declarations: boolean): readonly Span[] {
  const occurrence = occurrenceAt(document, offset);
  if (occurrence === undefined) return [];
  const key = symbolKey(occurrence.symbol);
  return document.occurrences
    .filter(({ symbol, declaration }) => symbolKey(symbol) === key && (declarations || declaration === undefined))
    .map(({ span }) => span);
}

/** The file that is named under the cursor: by `source = "…"`, or in a call such as `file("…")`. */
export function pathAt(document: PipelineDocument, offset: number): (Target & { kind: 'file' }) | undefined {
  const block = blocksAround(document.body, offset).at(-1);
  const attribute = attributeAt(block?.body ?? document.body, offset);
  if (attribute === undefined) return undefined;
  const around = expressionsAt(attribute.expression, offset);
  const text = around.at(-1);
  const path = literalText(text);
  if (text === undefined || path === undefined || path === '') return undefined;
  const call = around.at(-2);
  const isRead = call?.kind === 'call' && READS_FILE.has(call.name) && call.args[0] === text;
  if (!isRead && !isSource(block, attribute, path)) return undefined;
  return { kind: 'file', path, at: spanOf(text.range) };
}

function isSource(block: Block | undefined, attribute: Attribute, path: string): boolean {
  const kinds: readonly string[] = [...SOURCE_KINDS, 'module'];
  return attribute.name === 'source' && kinds.includes(block?.type ?? '') && !isAddress(path);
}

const isAddress = (source: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(source);
