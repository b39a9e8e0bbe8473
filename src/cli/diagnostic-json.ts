import type { Diagnostic } from '../hcl/diagnostic.ts';
import { type Position, plainRange, type Range } from '../hcl/position.ts';
import { graphemes } from '../lib/graphemes.ts';

/** As editors count (LSP): lines and UTF-16 units from 0. */
interface EditorPosition {
  readonly line: number;
  readonly character: number;
}

/**
 * A diagnostic for machines. `subject` and `context` count as a person does (lines and columns from 1), `range` is `subject` as an editor counts.
 * `sources` are the texts by file name.
 */
export function diagnosticJson(diagnostic: Diagnostic, sources: ReadonlyMap<string, string>): object {
  const { severity, code, summary, detail, subject, context, suggestion, values } = diagnostic;
  return {
    severity,
    code,
    summary,
    detail,
    // Ranges are worked out only when they are read, so each part is named.
    subject: subject && plainRange(subject),
    context: context && plainRange(context),
    range: subject && editorRange(subject, sources.get(subject.file)),
    suggestion,
    values,
  };
}

function editorRange(
  range: Range,
  text: string | undefined,
): { start: EditorPosition; end: EditorPosition } | undefined {
  if (text === undefined) return undefined;
  const lines = (text.startsWith('\ufeff') ? text.slice(1) : text).split('\n');
  const at = ({ line, column }: Position): EditorPosition => ({
    line: line - 1,
    character: unitsOf(lines[line - 1] ?? '', column - 1),
  });
  return { start: at(range.start), end: at(range.end) };
}

/** How many UTF-16 units the first `count` characters of a line have. */
function unitsOf(line: string, count: number): number {
  if (/^[\x20-\x7e\t]*$/.test(line)) return count;
  let units = 0;
  let left = count;
  for (const character of graphemes(line)) {
    if (left === 0) break;
    units += character.length;
    left -= 1;
  }
  return units;
}
