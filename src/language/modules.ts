/** The modules that a file calls, as far as their texts are known: what they take and what they give. */
import { parseConfig } from '../hcl/parse.ts';
import type { Block, Body } from '../hcl/syntax.ts';
import type { PipelineDocument } from './document.ts';
import { attributeOf, textOf } from './literals.ts';
import type { Span } from './span.ts';
import type { PipelineSymbol } from './symbols.ts';

export interface ModuleInfo {
  /** As the call writes it: a path relative to its file, or an address. */
  readonly source: string;
  /** What is given for each key of its `for_each`: then its outputs have the key before them. */
  readonly isMany: boolean;
  readonly variables: readonly Block[];
  readonly outputs: readonly Block[];
}

/** What a call of a module has that is no input. */
const OWN_ATTRIBUTES: ReadonlySet<string> = new Set(['source', 'sha256', 'for_each']);

export const isInput = (attribute: string): boolean => !OWN_ATTRIBUTES.has(attribute);

export const nameOf = (block: Block): string => block.labels[0]?.value ?? '';

/** Undefined when there is no such call, or its text has not been read (yet). */
export function moduleCalled(document: PipelineDocument, name: string): ModuleInfo | undefined {
  const call = document.topLevel('module').find((block) => nameOf(block) === name);
  const source = call && textOf(call.body, 'source');
  const body = source === undefined ? undefined : document.sourceBody(source);
  if (call === undefined || source === undefined || body === undefined) return undefined;
  const isMany = attributeOf(call.body, 'for_each') !== undefined;
  return { source, isMany, variables: blocksOf(body, 'variable'), outputs: blocksOf(body, 'output') };
}

/** The text of a source as it was parsed, each once. */
export class SourceBodies {
  readonly #read: (source: string) => string | undefined;
  readonly #known = new Map<string, Body | undefined>();

  constructor(read: (source: string) => string | undefined) {
    this.#read = read;
  }

  of(source: string): Body | undefined {
    if (!this.#known.has(source)) {
      const text = this.#read(source);
      this.#known.set(source, text === undefined ? undefined : parseConfig(text, source).body);
    }
    return this.#known.get(source);
  }
}

function blocksOf(body: Body, type: string): readonly Block[] {
  return body.items.filter(
    (item): item is Block => item.kind === 'block' && item.type === type && item.labels.length === 1,
  );
}

export type ModuleSymbol = Extract<PipelineSymbol, { kind: 'module input' | 'module output' }>;

/** The block of the module's own text that declares it. */
export function declaredInModule(document: PipelineDocument, symbol: ModuleSymbol): Block | undefined {
  const called = moduleCalled(document, symbol.module);
  const blocks = symbol.kind === 'module input' ? called?.variables : called?.outputs;
  return blocks?.find((block) => nameOf(block) === symbol.name);
}

/**
 * Where a file names what another one declares, which is called as a module: a variable of that name as an input, an output of it. `isThat` tells whether a
 * source is the other file.
 */
export function usesOfModule(
  document: PipelineDocument,
  kind: 'variable' | 'output',
  name: string,
  isThat: (source: string) => boolean,
): readonly Span[] {
  const calls = document.topLevel('module').filter(({ body }) => {
    const source = textOf(body, 'source');
    return source !== undefined && isThat(source);
  });
  const called = new Set(calls.map(nameOf));
  const wanted = kind === 'variable' ? 'module input' : 'module output';
  return document.occurrences.flatMap(({ symbol, span }) =>
    symbol.kind === wanted && symbol.name === name && called.has(symbol.module) ? [span] : [],
  );
}
