/** Places in a text as editors need them: UTF-16 offsets. */
import type { Position, Range } from '../hcl/position.ts';
import { SourceRange } from '../hcl/source-text.ts';
import { graphemes } from '../lib/graphemes.ts';

/** From `from` up to, not including, `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The offsets of a node's range: every range the parser makes knows them. */
export function spanOf(range: Range): Span {
  if (range instanceof SourceRange) return { from: range.from, to: range.to };
  throw new TypeError('a range of the syntax tree has no offsets');
}

/** Whether the offset is in the span or at one of its ends, as a cursor behind the last letter of a word is. */
export const touches = ({ from, to }: Span, offset: number): boolean => from <= offset && offset <= to;

/** The offsets of what a diagnostic points at; it counts in lines and grapheme clusters. Past the end of a line is its end. */
export function spanInText(text: string, range: Range): Span {
  const from = offsetOf(text, range.start);
  return { from, to: Math.max(from, offsetOf(text, range.end)) };
}

function offsetOf(text: string, { line, column }: Position): number {
  let start = 0;
  for (let at = 1; at < line; at += 1) {
    const newline = text.indexOf('\n', start);
    if (newline < 0) return text.length;
    start = newline + 1;
  }
  const newline = text.indexOf('\n', start);
  const end = newline < 0 ? text.length : newline;
  let offset = start;
  let left = column - 1;
  for (const cluster of graphemes(text.slice(start, end))) {
    if (left <= 0) break;
    left -= 1;
    offset += cluster.length;
  }
  return offset;
}
