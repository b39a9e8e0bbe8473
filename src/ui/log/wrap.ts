import { cutSpans, type Span } from './line-text.ts';

const TAB = 8;
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const COMBINING = /\p{Mn}|\p{Me}|\u200d|[\ufe00-\ufe0f]/u;
// Most lines: printable ASCII, where a character is a cell.
const SIMPLE = /^[\u0020-\u007e]*$/;

const cellsOf = (character: string): number => (COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1);

/** Tabs as spaces up to the next stop, by cells from the line's start: wrapped rows would put the stops elsewhere. */
export function expandTabs(spans: readonly Span[]): Span[] {
  let column = 0;
  return spans.map((span) => {
    if (!span.text.includes('\t')) {
      column += span.text.length;
      return span;
    }
    let text = '';
    for (const character of span.text) {
      const width = character === '\t' ? TAB - (column % TAB) : cellsOf(character);
      text += character === '\t' ? ' '.repeat(width) : character;
      column += width;
    }
    return { ...span, text };
  });
}

/** Where a line is broken, as indexes of UTF-16 units, so that no row is wider than `columns` cells. */
export function breaksOf(text: string, columns: number): number[] {
  const breaks: number[] = [];
  if (SIMPLE.test(text)) {
    for (let at = columns; at < text.length; at += columns) breaks.push(at);
    return breaks;
  }
  let cells = 0;
  let at = 0;
  for (const character of text) {
    const width = cellsOf(character);
    if (cells + width > columns && cells > 0) {
      breaks.push(at);
      cells = 0;
    }
    cells += width;
    at += character.length;
  }
  return breaks;
}

/** How many rows a line takes. */
export function rowsOf(text: string, columns: number): number {
  if (text.length <= columns && SIMPLE.test(text)) return 1;
  const expanded = text.includes('\t') ? (expandTabs([{ text, style: {} }])[0]?.text ?? '') : text;
  return breaksOf(expanded, columns).length + 1;
}

/** A line's spans as rows, at most `columns` cells wide. */
export function wrapSpans(spans: readonly Span[], columns: number): Span[][] {
  const expanded = expandTabs(spans);
  const text = expanded.map((span) => span.text).join('');
  const breaks = breaksOf(text, columns);
  const ranges = [...breaks, text.length].map((end, i) => ({ start: i === 0 ? 0 : (breaks[i - 1] ?? 0), end }));
  const rows: Span[][] = ranges.map(() => []);
  for (const piece of cutSpans(expanded, ranges)) rows[Math.max(0, piece.range)]?.push(piece.span);
  return rows;
}
