import { type Diagnostic, hasErrors } from './diagnostic.ts';
import { parseConfig } from './parse.ts';
import { graphemeCount } from './source-text.ts';
import { type SyntaxToken, type SyntaxTokenKind, tokenize } from './tokenize.ts';

export type FormatResult =
  | { readonly kind: 'formatted'; readonly text: string }
  /** A text with mistakes is not touched. */
  | { readonly kind: 'mistakes'; readonly diagnostics: readonly Diagnostic[] };

/** A line in three cells, so that the second and third can be put under those of its neighbours. */
interface Line {
  lead: FormattedToken[];
  /** From the `=` of an attribute on, if its value ends on this line. */
  assign: FormattedToken[];
  comment: FormattedToken[];
  /** Inside a heredoc every character counts, and nothing is moved. */
  readonly fixed: boolean;
}

interface FormattedToken {
  readonly kind: SyntaxTokenKind;
  readonly text: string;
  spaces: number;
}

/**
 * A file as it should look: two spaces for each bracket a line is in, one space between tokens, equals signs and comments of
 * neighbouring lines under each other. Comments, empty lines and the order of things stay; so does the meaning.
 *
 * 1. Cut the text into lines of tokens. 2. Indent each line by the brackets open before it. 3. Set the spaces between tokens.
 * 4. Put the cells of neighbouring lines under each other.
 */
export function formatConfig(text: string, file: string): FormatResult {
  const { diagnostics } = parseConfig(text, file);
  if (hasErrors(diagnostics)) return { kind: 'mistakes', diagnostics };
  const body = text.startsWith('\ufeff') ? text.slice(1) : text;
  const lines = withoutRepeatedEmptyLines(linesOf(body));
  indent(lines);
  for (const line of lines) if (!line.fixed) space(line);
  align(
    lines,
    (line) => line.assign,
    (line) => columns(line.lead),
  );
  align(
    lines,
    (line) => line.comment,
    (line) => columns(line.lead) + columns(line.assign),
  );
  const written = lines.map(({ lead, assign, comment }) =>
    [...lead, ...assign, ...comment].map(({ spaces, text: own }) => ' '.repeat(spaces) + own).join(''),
  );
  const joined = written.join('').replace(/(\r?\n)+$/, '');
  const newline = /\r?\n/.exec(body)?.[0] ?? '\n';
  return { kind: 'formatted', text: joined === '' ? '' : `${joined}${newline}` };
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let tokens: FormattedToken[] = [];
  let fixed = false;
  let heredocs = 0;
  let end = 0;
  const finish = (): void => {
    if (tokens.length > 0) lines.push(fixed ? { lead: tokens, assign: [], comment: [], fixed } : cellsOf(tokens));
    tokens = [];
    fixed = heredocs > 0;
  };
  for (const token of tokenize(text)) {
    const own = text.slice(token.from, token.to);
    tokens.push({
      kind: token.kind,
      text: token.kind === 'line-comment' ? own.trimEnd() : own,
      spaces: fixed ? spacesBetween(text, end, token) : 0,
    });
    end = token.to;
    if (token.kind === 'heredoc-open') heredocs += 1;
    if (token.kind === 'heredoc-close') heredocs -= 1;
    if (token.kind === 'newline' || (token.kind === 'heredoc-open' && heredocs > 0)) finish();
  }
  finish();
  return lines;
}

const spacesBetween = (text: string, from: number, token: SyntaxToken): number => text.slice(from, token.from).length;

/** One empty line separates as well as three; before the first line there is nothing to separate. */
function withoutRepeatedEmptyLines(lines: readonly Line[]): readonly Line[] {
  return lines.filter((line, at) => {
    const before = lines[at - 1];
    return !isEmpty(line) || (before !== undefined && !isEmpty(before));
  });
}

const isEmpty = ({ lead: [first], fixed }: Line): boolean => first?.kind === 'newline' && !fixed;

function cellsOf(tokens: FormattedToken[]): Line {
  const last = tokens.at(-1);
  const ends = last?.kind === 'newline' ? tokens.length - 1 : tokens.length;
  const commented = ends > 1 && tokens[ends - 1]?.kind === 'line-comment';
  const code = tokens.slice(0, commented ? ends - 1 : tokens.length);
  const comment = commented ? tokens.slice(ends - 1) : [];
  const equals = code.findIndex(({ kind }, at) => at > 0 && kind === '=');
  const isWhole = equals > 0 && netBrackets(code.slice(equals)) === 0;
  return {
    lead: isWhole ? code.slice(0, equals) : code,
    assign: isWhole ? code.slice(equals) : [],
    comment,
    fixed: false,
  };
}

function bracketChange(kind: SyntaxTokenKind): number {
  switch (kind) {
    case '{':
    case '[':
    case '(':
    case 'template-open':
      return 1;
    case '}':
    case ']':
    case ')':
    case 'template-close':
      return -1;
    default:
      return 0;
  }
}

const netBrackets = (tokens: readonly FormattedToken[]): number =>
  tokens.reduce((net, { kind }) => net + bracketChange(kind), 0);

/**
 * However many brackets a line opens, the lines below go in by one step; a line that closes them comes out by as many steps
 * as it closes such groups.
 */
function indent(lines: readonly Line[]): void {
  const groups: number[] = [];
  for (const { lead, assign, fixed } of lines) {
    const [first] = lead;
    const net = netBrackets(lead) + netBrackets(assign);
    if (net < 0) closeGroups(groups, -net);
    if (first !== undefined && !fixed) first.spaces = first.kind === 'newline' ? 0 : 2 * groups.length;
    if (net > 0) groups.push(net);
  }
}

function closeGroups(groups: number[], count: number): void {
  let closed = count;
  while (closed > 0) {
    const last = groups.pop();
    if (last === undefined) return;
    if (closed < last) groups.push(last - closed);
    closed -= last;
  }
}

function space(line: Line): void {
  const tokens = [...line.lead, ...line.assign, ...line.comment];
  for (const [at, token] of tokens.entries()) {
    const before = tokens[at - 1];
    if (before !== undefined) token.spaces = needsSpace(tokens[at - 2], before, token) ? 1 : 0;
  }
}

const BEFORE_NEGATION: ReadonlySet<SyntaxTokenKind> = new Set<SyntaxTokenKind>([
  '(',
  '{',
  '[',
  '=',
  ':',
  ',',
  '?',
  '+',
  '-',
  '*',
  '/',
  '%',
  '==',
  '!=',
  '>',
  '>=',
  '<',
  '<=',
  '&&',
  '||',
  '!',
  '=>',
  'template-open',
]);

/** Whether a space stands between two tokens of a line; `earlier` is the one before them. */
function needsSpace(earlier: FormattedToken | undefined, left: FormattedToken, right: FormattedToken): boolean {
  if (right.kind === 'newline') return false;
  if (left.kind === 'identifier' && right.kind === '(') return isKeyword(earlier, left);
  if (left.kind === '.' || right.kind === '.' || left.kind === '::' || right.kind === '::') return false;
  if (right.kind === ',' || right.kind === '...') return false;
  if (left.kind === ',') return true;
  if (isTemplateText(left, right)) return false;
  if (isKeyword(earlier, left)) return true;
  if (right.kind === '[' && (left.kind === 'identifier' || left.kind === 'number' || bracketChange(left.kind) < 0))
    return false;
  if (left.kind === '!') return false;
  if (left.kind === '-')
    return earlier !== undefined && !BEFORE_NEGATION.has(earlier.kind) && !isKeyword(undefined, earlier);
  if (left.kind === '{' || right.kind === '}') return !(left.kind === '{' && right.kind === '}');
  if (left.kind === 'template-open' && right.kind === '{') return true;
  if (left.kind === '}' && right.kind === 'template-close') return true;
  if (left.kind === 'template-close' && right.kind === 'template-open') return false;
  return bracketChange(left.kind) <= 0 && bracketChange(right.kind) >= 0;
}

/** Inside quotes and heredocs the spaces are text. */
function isTemplateText(left: FormattedToken, right: FormattedToken): boolean {
  const outer: readonly SyntaxTokenKind[] = ['text', 'quote-open', 'heredoc-open'];
  const inner: readonly SyntaxTokenKind[] = ['text', 'quote-close', 'heredoc-close'];
  return outer.includes(left.kind) || inner.includes(right.kind);
}

/** The words of a `for`: what follows them in brackets is not their index or argument. */
function isKeyword(earlier: FormattedToken | undefined, token: FormattedToken): boolean {
  if (token.kind !== 'identifier') return false;
  if (token.text === 'in') return earlier === undefined || earlier.kind === 'identifier';
  return token.text === 'if' && earlier !== undefined && earlier.kind !== '.' && earlier.kind !== '{';
}

const columns = (tokens: readonly FormattedToken[]): number =>
  tokens.reduce((sum, { text, spaces }) => sum + spaces + graphemeCount(text), 0);

/**
 * Puts one cell of every run of neighbouring lines that have it behind the longest of what comes before it. The text of a heredoc
 * lies between its attribute and the next one, but they are neighbours all the same.
 */
function align(lines: readonly Line[], cell: (line: Line) => FormattedToken[], before: (line: Line) => number): void {
  let run: Line[] = [];
  const close = (): void => {
    const widest = run.reduce((most, line) => Math.max(most, before(line)), 0);
    for (const line of run) {
      const [first] = cell(line);
      if (first !== undefined) first.spaces = widest - before(line) + 1;
    }
    run = [];
  };
  for (const line of lines) {
    if (line.fixed) continue;
    if (cell(line).length > 0) run.push(line);
    else close();
  }
  close();
}
