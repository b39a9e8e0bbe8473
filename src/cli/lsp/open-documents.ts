/** What the server knows of each open document: its syntax now, and the texts that its last diagnosis read. */
import { join } from 'node:path';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { PipelineDocument } from '../../language/document.ts';
import { joinInside } from '../../pipeline/bundle-path.ts';
import type { Builtins } from '../../pipeline/source.ts';
import { locationOf, pathOf } from './workspace.ts';

interface Known {
  readonly version: number;
  readonly document: PipelineDocument;
}

export class OpenDocuments {
  readonly #builtins: Builtins;
  readonly #known = new Map<string, Known>();
  readonly #texts = new Map<string, ReadonlyMap<string, string>>();

  constructor(builtins: Builtins) {
    this.#builtins = builtins;
  }

  /** The document as it is now; read again only when it has changed. */
  read(document: TextDocument): PipelineDocument {
    const { uri, version } = document;
    const known = this.#known.get(uri);
    if (known?.version === version) return known.document;
    const { name } = locationOf(uri);
    const read = new PipelineDocument({
      file: name,
      text: document.getText(),
      builtins: this.#builtins,
      sourceText: (source) => {
        const texts = this.#texts.get(uri);
        return texts?.get(source) ?? texts?.get(joinInside(name, source) ?? '');
      },
    });
    this.#known.set(uri, { version, document: read });
    return read;
  }

  /** The texts that the last diagnosis of a document read, by the name that messages call them. */
  texts(uri: string): ReadonlyMap<string, string> {
    return this.#texts.get(uri) ?? new Map();
  }

  keepTexts(uri: string, texts: ReadonlyMap<string, string>): void {
    this.#texts.set(uri, texts);
    // What it takes from other files may read differently now.
    this.#known.delete(uri);
  }

  /** The open documents that read the file at this address. */
  readersOf(uri: string): readonly string[] {
    const path = pathOf(uri);
    if (path === undefined) return [];
    return [...this.#texts]
      .filter(([reader, texts]) => {
        const { directory } = locationOf(reader);
        return (
          reader !== uri && directory !== undefined && [...texts.keys()].some((name) => join(directory, name) === path)
        );
      })
      .map(([reader]) => reader);
  }

  close(uri: string): void {
    this.#known.delete(uri);
    this.#texts.delete(uri);
  }
}
