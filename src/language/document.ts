/** One pipeline file as an editor has it, and what is worked out from it when somebody asks. */
import type { Diagnostic } from '../hcl/diagnostic.ts';
import { parseConfig } from '../hcl/parse.ts';
import type { Block, Body } from '../hcl/syntax.ts';
import type { Builtins } from '../pipeline/source.ts';
import { SourceBodies } from './modules.ts';
import { findSymbols, type Occurrence } from './symbols.ts';
import { TypesInScope } from './types-in-scope.ts';

export interface DocumentRequest {
  /** Its path in the bundle, as diagnostics call it. */
  readonly file: string;
  readonly text: string;
  readonly builtins: Builtins;
  /** The text of a source: a path as the file writes it, or an address. Undefined when it is not known (yet). */
  readonly sourceText?: (source: string) => string | undefined;
}

export class PipelineDocument {
  readonly file: string;
  readonly text: string;
  readonly body: Body;
  /** What the parser alone has to say. */
  readonly syntaxDiagnostics: readonly Diagnostic[];
  readonly types: TypesInScope;
  readonly #sources: SourceBodies;
  #occurrences: readonly Occurrence[] | undefined;

  constructor({ file, text, builtins, sourceText }: DocumentRequest) {
    this.file = file;
    // A byte order mark is no part of the language; a space in its place keeps every offset.
    this.text = text.replace(/^\ufeff/, ' ');
    const { body, diagnostics } = parseConfig(this.text, file);
    this.body = body;
    this.syntaxDiagnostics = diagnostics;
    this.types = new TypesInScope(this, builtins, sourceText ?? (() => undefined));
    this.#sources = new SourceBodies(sourceText ?? (() => undefined));
  }

  /** Every place where something with a name is declared or used, in the order of the text. */
  get occurrences(): readonly Occurrence[] {
    this.#occurrences ??= findSymbols(this);
    return this.#occurrences;
  }

  /** What a source holds, by its path as the file writes it, or its address. Undefined when it is not known (yet). */
  sourceBody(source: string): Body | undefined {
    return this.#sources.of(source);
  }

  /** The blocks of a type at the top. */
  topLevel(type: string): readonly Block[] {
    return this.body.items.filter((item): item is Block => item.kind === 'block' && item.type === type);
  }
}
