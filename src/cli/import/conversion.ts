/** What the converters of all systems share: where notes go, which variables there are, which files lie beside the pipeline. */
import type { Block } from './hcl-block.ts';
import { type Note, noteOn, noteText } from './report.ts';
import type { Source } from './source.ts';
import { Variables } from './variables.ts';

export interface Surroundings {
  /** The text of a file beside the pipeline, or further up in its repository. `undefined`: there is none. */
  readonly read: (path: string) => string | undefined;
  /** Where builds clone the repository from, if anybody knows. */
  readonly repository: string | undefined;
}

/** Why a key of a system is not converted, and what to do. */
export type Hints = Readonly<Record<string, readonly [why: string, instead?: string]>>;

export interface Converted {
  /** What the pipeline consists of, in order. */
  readonly blocks: readonly Block[];
  /** For the top of the file. */
  readonly top: Block;
}

export class Conversion {
  readonly notes: Note[] = [];
  readonly variables = new Variables();
  readonly #roots: Source[];

  readonly root: Source;
  readonly surroundings: Surroundings;
  private readonly hints: Hints;

  constructor(root: Source, surroundings: Surroundings, hints: Hints) {
    this.root = root;
    this.surroundings = surroundings;
    this.hints = hints;

    this.#roots = [root];
  }

  /** Another file that is a part of this one: nothing of it may be lost either. */
  include(root: Source): void {
    this.#roots.push(root);
  }

  /** Marks where it stood, in `block`, that something was not converted, with all that is in it. */
  notConverted(block: Block, source: Source, why: string, instead?: string): void {
    if (source.isNoted) return;
    source.markNoted();
    this.#tell(block, noteOn('not_converted', source, why, instead));
  }

  /** Marks that a part of something was not converted; the rest of it was. */
  lost(block: Block, source: Source, why: string, instead?: string): void {
    const note = noteOn('not_converted', source, why, instead);
    if (this.notes.some((one) => one.file === note.file && one.path === note.path && one.why === note.why)) return;
    this.#tell(block, note);
  }

  /** Marks that something was converted, and is not quite what it was. */
  differs(block: Block, source: Source, why: string, instead?: string): void {
    const note = noteOn('differs', source, why, instead);
    if (this.notes.some((one) => one.file === note.file && one.path === note.path && one.why === note.why)) return;
    this.#tell(block, note);
  }

  /** Marks in `block` whatever of a place nobody read; `otherwise` is why, where nothing better is known. */
  leftovers(block: Block, source: Source, otherwise = UNKNOWN): void {
    for (const unread of source.unread()) {
      const [why, instead] = this.#hint(unread.path) ?? [otherwise];
      this.notConverted(block, unread, why, instead);
    }
  }

  /** The same for everything, at the very end. */
  allLeftovers(block: Block): void {
    for (const root of this.#roots) this.leftovers(block, root);
  }

  countConverted(): number {
    return this.#roots.reduce((sum, root) => sum + root.countRead(), 0);
  }

  #hint(path: string): readonly [string, string?] | undefined {
    const keys = path.replaceAll(/\[\d+\]/g, '').split('.');
    for (let from = 0; from < keys.length; from += 1) {
      const found = this.hints[keys.slice(from).join('.')];
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #tell(block: Block, note: Note): void {
    this.notes.push(note);
    block.comment(noteText(note, this.root.file));
  }
}

const UNKNOWN = 'this is not known to pikoci import';
