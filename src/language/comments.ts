/** The comments of a text, by what they belong to. */
import { type SyntaxToken, tokenize } from '../hcl/tokenize.ts';

/** The words of a comment, without its marks. A line of nothing but an example (indented further) keeps its indentation. */
function words(comment: string): string {
  return comment.replace(/^(?:#+|\/\/+)[ \t]?/, '').trimEnd();
}

export class Comments {
  readonly #text: string;
  /** Line comments by the number of their line. */
  readonly #byLine = new Map<number, { readonly words: string; readonly alone: boolean }>();
  readonly #lines: number[] = [0];

  constructor(text: string) {
    this.#text = text;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#lines.push(at + 1);
    for (const token of tokenize(text)) if (token.kind === 'line-comment') this.#add(token);
  }

  /** The comment lines directly above the line of `offset`, as one text. */
  above(offset: number): string {
    const lines: string[] = [];
    for (let line = this.lineOf(offset) - 1; this.#byLine.get(line)?.alone === true; line -= 1) {
      lines.unshift(this.#byLine.get(line)?.words ?? '');
    }
    return lines.join('\n').trim();
  }

  /** The comment behind what stands at `offset`, on the same line; else the lines above it. */
  of(offset: number): string {
    const behind = this.#byLine.get(this.lineOf(offset));
    return behind !== undefined && !behind.alone ? behind.words.trim() : this.above(offset);
  }

  #add({ from, to }: SyntaxToken): void {
    const line = this.lineOf(from);
    const alone = this.#text.slice(this.#lines[line], from).trim() === '';
    this.#byLine.set(line, { words: words(this.#text.slice(from, to)), alone });
  }

  /** The line, from 0, that an offset is on. */
  lineOf(offset: number): number {
    let low = 0;
    let high = this.#lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lines[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
