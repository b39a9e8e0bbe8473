/** A place in a file as a person and an editor count it: line and column from 1 (columns in grapheme clusters), UTF-8 bytes from 0. */
export interface Position {
  readonly line: number;
  readonly column: number;
  readonly byte: number;
}

/** From `start` up to, not including, `end`. */
export interface Range {
  readonly file: string;
  readonly start: Position;
  readonly end: Position;
}

export const START_OF_FILE: Position = { line: 1, column: 1, byte: 0 };

/** A copy that holds its numbers itself: what may be serialised, compared and kept longer than the text it points into. */
export function plainRange(range: Range): Range {
  const { file, start, end } = range;
  return { file, start: { ...start }, end: { ...end } };
}

/** The smallest range that covers both; they are of one file. */
export function rangeBetween(first: Range, last: Range): Range {
  return { file: first.file, start: first.start, end: last.end };
}
