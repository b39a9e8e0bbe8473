/** The types that a file may use: those it declares, and the built-in ones. */
import type { Block } from '../hcl/syntax.ts';
import type { Builtins, SourceKind } from '../pipeline/source.ts';
import type { PipelineDocument } from './document.ts';
import { textOf } from './literals.ts';
import { readType, readTypeText, type TypeInfo } from './type-info.ts';

/** Reading a built-in takes parsing it, and its text never changes. */
const builtinInfo = new Map<string, TypeInfo | undefined>();

export class TypesInScope {
  readonly #document: PipelineDocument;
  readonly #builtins: Builtins;
  readonly #sourceText: (source: string) => string | undefined;
  readonly #known = new Map<string, TypeInfo | undefined>();

  constructor(document: PipelineDocument, builtins: Builtins, sourceText: (source: string) => string | undefined) {
    this.#document = document;
    this.#builtins = builtins;
    this.#sourceText = sourceText;
  }

  /** Declared ones first. */
  names(kind: SourceKind): readonly string[] {
    const declared = this.#document.topLevel(kind).flatMap((block) => block.labels[0]?.value ?? []);
    return [...new Set([...declared, ...this.#builtins.names(kind)])];
  }

  builtinNames(kind: SourceKind): readonly string[] {
    return this.#builtins.names(kind);
  }

  find(kind: SourceKind, name: string): TypeInfo | undefined {
    const key = `${kind} ${name}`;
    if (!this.#known.has(key)) this.#known.set(key, this.#read(kind, name));
    return this.#known.get(key);
  }

  builtin(kind: SourceKind, name: string): TypeInfo | undefined {
    const found = this.#builtins.find(kind, name);
    if (found === undefined) return undefined;
    const key = `${kind} ${name} ${found.text}`;
    if (!builtinInfo.has(key)) builtinInfo.set(key, readTypeText(kind, name, found.text));
    return builtinInfo.get(key);
  }

  #read(kind: SourceKind, name: string): TypeInfo | undefined {
    const block = this.#document.topLevel(kind).find((candidate) => candidate.labels[0]?.value === name);
    if (block === undefined) return this.builtin(kind, name);
    return { ...this.#declared(kind, name, block), declared: block };
  }

  #declared(kind: SourceKind, name: string, block: Block): TypeInfo {
    const own = readType(kind, name, block, this.#document.text);
    const source = textOf(block.body, 'source');
    if (source === undefined) return own;
    const prefix = 'pikoci://';
    const text = source.startsWith(prefix) ? undefined : this.#sourceText(source);
    const there =
      text === undefined
        ? this.builtin(kind, source.startsWith(prefix) ? source.slice(prefix.length) : source)
        : readTypeText(kind, name, text);
    return there === undefined ? own : { ...there, name, doc: own.doc === '' ? there.doc : own.doc };
  }
}
