import { graphemes } from '../lib/graphemes.ts';
import { type Position, type Range, START_OF_FILE } from './position.ts';

const ASCII_ONLY = /^[\x20-\x7e\t]*$/;

/** How many grapheme clusters a text has: what a person calls its characters. */
export function graphemeCount(text: string): number {
  if (ASCII_ONLY.test(text)) return text.length;
  let count = 0;
  for (const _ of graphemes(text)) count += 1;
  return count;
}

/** How many bytes a text has in UTF-8; a lone surrogate counts as the three bytes of U+FFFD. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) {
      bytes += 2;
      at += 1;
    } else bytes += 2;
  }
  return bytes;
}

/**
 * A text that turns offsets (UTF-16 units, what the scanner counts) into positions.
 *
 * Offsets are cheap and positions are not, so a position is worked out only when somebody asks: for a diagnostic, an
 * editor, a formatter. The table of lines is made at the first question; a column is counted within its line, going on
 * from the last question about the same line, so that a thousand questions about one long line stay linear.
 */
export class SourceText {
  readonly file: string;
  readonly text: string;
  readonly #origin: Position;
  #lineOffsets: readonly number[] | undefined;
  #lineBytes: readonly number[] | undefined;
  #last = { line: -1, offset: 0, columns: 0, bytes: 0 };

  constructor(file: string, text: string, origin: Position = START_OF_FILE) {
    this.file = file;
    this.text = text;
    this.#origin = origin;
  }

  positionAt(offset: number): Position {
    const offsets = this.#lines();
    const line = lastAtOrBefore(offsets, offset);
    const lineOffset = offsets[line] ?? 0;
    if (this.#last.line !== line || this.#last.offset > offset) {
      this.#last = { line, offset: lineOffset, columns: 0, bytes: 0 };
    }
    const between = this.text.slice(this.#last.offset, offset);
    const columns = this.#last.columns + graphemeCount(between);
    const bytes = this.#last.bytes + utf8Length(between);
    this.#last = { line, offset, columns, bytes };
    return {
      line: this.#origin.line + line,
      column: columns + (line === 0 ? this.#origin.column : 1),
      byte: this.#origin.byte + (this.#lineBytes?.[line] ?? lineOffset) + bytes,
    };
  }

  range(from: number, to: number): SourceRange {
    return new SourceRange(this, from, to);
  }

  #lines(): readonly number[] {
    if (this.#lineOffsets !== undefined) return this.#lineOffsets;
    const offsets = [0];
    for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) offsets.push(at + 1);
    this.#lineOffsets = offsets;
    const bytes = [0];
    for (let line = 1; line < offsets.length; line += 1) {
      bytes.push((bytes[line - 1] ?? 0) + utf8Length(this.text.slice(offsets[line - 1], offsets[line])));
    }
    this.#lineBytes = bytes;
    return offsets;
  }
}

/** A range kept as two offsets; its positions are worked out when asked for. `from` and `to` are UTF-16 offsets. */
export class SourceRange implements Range {
  readonly source: SourceText;
  readonly from: number;
  readonly to: number;

  constructor(source: SourceText, from: number, to: number) {
    this.source = source;
    this.from = from;
    this.to = to;
  }

  get file(): string {
    return this.source.file;
  }

  get start(): Position {
    return this.source.positionAt(this.from);
  }

  get end(): Position {
    return this.source.positionAt(this.to);
  }

  toJSON(): Range {
    return { file: this.file, start: this.start, end: this.end };
  }
}

function lastAtOrBefore(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
