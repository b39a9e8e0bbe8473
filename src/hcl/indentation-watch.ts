/** Holds braces against the indentation, for the case that they do not come out even in the end. */

/** What to do at a place of the text where a brace is missing or one too many. */
export type BraceRepair = 'close' | 'ignore';

export interface PlacedRepair {
  readonly at: number;
  readonly kind: BraceRepair;
}

export class IndentationWatch {
  readonly #text: string;
  #firstLate: number | undefined;
  #firstEarly: number | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** Where a block should have ended, judging by the indentation. */
  get missing(): PlacedRepair | undefined {
    return this.#firstLate === undefined ? undefined : { at: this.#firstLate, kind: 'close' };
  }

  /** Where one ended too early. */
  get superfluous(): PlacedRepair | undefined {
    return this.#firstEarly === undefined ? undefined : { at: this.#firstEarly, kind: 'ignore' };
  }

  /**
   * The next thing in a block of that indentation begins at `start`. A line that is indented no more than the block around it comes late: the block
   * should have ended. A closing brace deeper than its block is early.
   */
  note(start: number, { isBrace, indentation }: { readonly isBrace: boolean; readonly indentation: number }): void {
    if (this.#firstLate !== undefined && this.#firstEarly !== undefined) return;
    const own = ownIndentation(this.#text, start);
    if (own === undefined) return;
    if (isBrace) {
      if (own < indentation) this.#firstLate ??= start;
      if (own > indentation) this.#firstEarly ??= start;
    } else if (own <= indentation) this.#firstLate ??= start;
  }
}

/** The indentation of the line of `at`, if `at` is the first thing on it. */
export function ownIndentation(text: string, at: number): number | undefined {
  let start = at;
  while (start > 0 && (text[start - 1] === ' ' || text[start - 1] === '\t')) start -= 1;
  return start === 0 || text[start - 1] === '\n' ? at - start : undefined;
}
