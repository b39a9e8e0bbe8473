import type { Diagnostic } from './diagnostic.ts';
import { displayCells } from './display-width.ts';
import type { Range } from './position.ts';

export interface RenderOptions {
  /** ANSI colours, for a terminal. */
  readonly color: boolean;
  /** Where prose is wrapped; 100 columns unless told otherwise. */
  readonly width?: number;
}

/** At most so many lines of a long range are shown; from the middle lines are left out. */
const MOST_LINES = 6;

/**
 * Diagnostics for a person to read: what kind of mistake, where, the line with the place underlined, what is wrong and what
 * to do, the nearest name, and what the variables held.
 *
 *     error: Unknown attribute
 *       --> pipeline.hcl:12:5
 *        |
 *     12 |     tigger = true
 *        |     ^^^^^^
 *     A get has no attribute "tigger".
 *     Did you mean "trigger"?
 *
 * `sources` holds the texts by file name, as in the ranges; without its text a diagnostic still says where it is.
 */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
  options: RenderOptions,
): string {
  const lines = new Map<string, readonly string[]>();
  const linesOf = (file: string): readonly string[] | undefined => {
    const known = lines.get(file);
    const text = sources.get(file);
    if (known !== undefined || text === undefined) return known;
    const split = (text.startsWith('\ufeff') ? text.slice(1) : text).split(/\r?\n/);
    lines.set(file, split);
    return split;
  };
  const shown = diagnostics.slice(0, MOST_SHOWN).map((diagnostic) => renderOne(diagnostic, linesOf, options));
  const more = diagnostics.length - shown.length;
  if (more > 0) shown.push(`… and ${more} more.\n`);
  return shown.join('\n');
}

/** Nobody reads more at once. */
const MOST_SHOWN = 100;

type LinesOf = (file: string) => readonly string[] | undefined;

function renderOne(diagnostic: Diagnostic, linesOf: LinesOf, { color, width = 100 }: RenderOptions): string {
  const paint = color ? PAINTED : PLAIN;
  const strong = diagnostic.severity === 'error' ? paint.red : paint.yellow;
  const out = [`${strong(`${diagnostic.severity}:`)} ${paint.bold(diagnostic.summary)}`];
  const { subject } = diagnostic;
  if (subject !== undefined) {
    const { line, column } = subject.start;
    const lines = linesOf(subject.file);
    const snippet = lines === undefined ? undefined : chooseLines(lines, subject, diagnostic.context);
    const gutter = String(snippet?.at(-1)?.number ?? line).length;
    const margin = ' '.repeat(gutter);
    out.push(`${margin}${paint.blue('-->')} ${subject.file}:${line}:${column}`);
    if (snippet !== undefined) {
      out.push(`${margin} ${paint.blue('|')}`);
      for (const shown of snippet) {
        const number = shown.number === undefined ? '.'.repeat(gutter) : String(shown.number).padStart(gutter);
        out.push(`${paint.blue(`${number} |`)} ${shown.text}`.trimEnd());
        if (shown.mark !== '') out.push(`${margin} ${paint.blue('|')} ${strong(shown.mark)}`);
      }
    }
  }
  if (diagnostic.detail !== '') out.push(...wrap(diagnostic.detail, width));
  if (diagnostic.suggestion !== undefined)
    out.push(`Did you mean ${paint.bold(JSON.stringify(diagnostic.suggestion))}?`);
  for (const { name, text } of diagnostic.values ?? []) out.push(`  ${paint.bold(name)} is ${text}`);
  return `${out.join('\n')}\n`;
}

interface ShownLine {
  /** Undefined where lines are left out. */
  readonly number: number | undefined;
  readonly text: string;
  /** Spaces and carets for the line below; empty where nothing is underlined. */
  readonly mark: string;
}

function chooseLines(lines: readonly string[], subject: Range, context: Range | undefined): readonly ShownLine[] {
  const wanted: number[] = [];
  const last = lastLine(subject);
  if (context !== undefined && context.file === subject.file && context.start.line < subject.start.line) {
    wanted.push(context.start.line);
  }
  const count = last - subject.start.line + 1;
  for (let at = 0; at < count; at += 1) {
    if (count <= MOST_LINES || at < MOST_LINES - 2 || at === count - 1) wanted.push(subject.start.line + at);
  }
  const shown: ShownLine[] = [];
  let before: number | undefined;
  for (const number of wanted) {
    const line = lines[number - 1];
    if (line === undefined) continue;
    if (before !== undefined && number > before + 1) shown.push({ number: undefined, text: '', mark: '' });
    shown.push({ number, ...underline(line, number, subject) });
    before = number;
  }
  return shown;
}

/** A range that ends at the very start of a line does not reach into it. */
const lastLine = ({ start, end }: Range): number =>
  end.column === 1 && end.line > start.line ? end.line - 1 : end.line;

/** Of a longer line only a part is shown, around the place that is underlined. */
const LONGEST_LINE = 180;
const BEFORE_PLACE = 60;

function underline(
  line: string,
  number: number,
  { start, end }: Range,
): { readonly text: string; readonly mark: string } {
  const all = displayCells(line);
  const marked = number >= start.line && number <= end.line;
  const first = number === start.line ? start.column - 1 : all.findIndex((cell) => cell.text.trim() !== '');
  const last = number === end.line ? end.column - 1 : Math.max(all.length, first);
  const left = all.length > LONGEST_LINE && marked ? Math.max(0, first - BEFORE_PLACE) : 0;
  const cells = all.slice(left, left + LONGEST_LINE);
  const cutLeft = left > 0 ? '…' : '';
  const text = `${cutLeft}${cells.map((cell) => cell.text).join('')}${left + cells.length < all.length ? '…' : ''}`;
  if (!marked) return { text, mark: '' };
  const from = Math.max(0, first - left);
  const to = all.length > LONGEST_LINE ? Math.min(last - left, LONGEST_LINE) : last - left;
  const width = (begin: number, behind: number): number =>
    cells
      .slice(begin, behind)
      .reduce((sum, cell) => sum + cell.width, Math.max(0, behind - Math.max(begin, cells.length)));
  // An empty place (something is missing there) is shown by one caret.
  return { text, mark: ' '.repeat(cutLeft.length + width(0, from)) + '^'.repeat(Math.max(1, width(from, to))) };
}

function wrap(text: string, width: number): readonly string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    // What is code stays together: `name = value`, and a brace with what is before it.
    for (const word of paragraph.split(/(?<![={]) (?![{}=])/)) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    return [...lines, line];
  });
}

type Paint = Readonly<Record<'red' | 'yellow' | 'blue' | 'bold', (text: string) => string>>;

const ansi =
  (code: string) =>
  (text: string): string =>
    `\u001b[${code}m${text}\u001b[0m`;

const PAINTED: Paint = { red: ansi('1;31'), yellow: ansi('1;33'), blue: ansi('34'), bold: ansi('1') };
const same = (text: string): string => text;
const PLAIN: Paint = { red: same, yellow: same, blue: same, bold: same };
