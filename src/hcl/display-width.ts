import { graphemes } from '../lib/graphemes.ts';

/** Characters that take two columns on a terminal: East Asian wide ones and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** The grapheme clusters of a line, each with the columns it takes. */
export function displayCells(line: string): readonly { readonly text: string; readonly width: number }[] {
  if (/^[\x20-\x7e]*$/.test(line)) return Array.from(line, (text) => ({ text, width: 1 }));
  return Array.from(graphemes(line), cell);
}

function cell(segment: string): { readonly text: string; readonly width: number } {
  if (segment === '\t') return { text: '    ', width: 4 };
  const code = segment.codePointAt(0) ?? 0;
  // Control characters could move the cursor or colour what follows, so their pictures are shown.
  if (code < 0x20) return { text: String.fromCodePoint(0x2400 + code), width: 1 };
  if (code === 0x7f) return { text: '\u2421', width: 1 };
  if (code >= 0x80 && code < 0xa0) return { text: '\ufffd', width: 1 };
  return { text: segment, width: WIDE.test(segment) ? 2 : 1 };
}
