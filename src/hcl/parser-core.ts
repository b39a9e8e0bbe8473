import { type Diagnostic, errorDiagnostic } from './diagnostic.ts';
import { endOfMisopenedHeredoc, indentationAt } from './line-shape.ts';
import { unexpectedToken } from './parse-messages.ts';
import { Scanner, type TokenKind } from './scanner.ts';
import type { SourceRange, SourceText } from './source-text.ts';
import type { InvalidExpression } from './syntax.ts';

/** How deep brackets, blocks and templates may lie in each other. Far more than a person writes, far less than the stack. */
export const MAX_NESTING = 250;

/**
 * What every part of the parser shares: the token it stands at, and what happens at a mistake.
 *
 * 1. A mistake is reported once, and from then on the parser *has failed*: it sees the end of the text wherever it looks,
 *    so every loop ends, and further messages, being consequences, are dropped.
 * 2. Whoever reads a list of things that stand on their own (the items of a body) finds the end of the broken one, goes on
 *    after it, and the failure is over.
 * 3. After a mistake that leaves nothing to go on with (nested too deep, a block that never ends), the failure stays.
 */
export abstract class ParserCore {
  protected readonly source: SourceText;
  protected readonly text: string;
  protected readonly scanner: Scanner;
  readonly diagnostics: Diagnostic[] = [];
  /** Inside brackets a newline is a space. */
  protected skipNewlines = false;
  protected failed = false;
  protected fatal = false;
  /** Where reading may go on after the failure, at the earliest. */
  protected failedAt = 0;
  /** Where the token before this one ended: the end of the node just read. */
  protected lastEnd = 0;
  /**
   * A bracket or block whose closing brace is indented less than the line it was opened on: if in the end a brace is
   * missing, it is this one's.
   */
  protected suspect: { readonly from: number; readonly to: number } | undefined;
  #depth = 0;

  constructor(source: SourceText) {
    this.source = source;
    this.text = source.text;
    this.scanner = new Scanner(source.text);
  }

  protected at(kind: TokenKind): boolean {
    return this.scanner.kind === kind;
  }

  protected atWord(word: string): boolean {
    return this.scanner.kind === 'identifier' && this.tokenText() === word;
  }

  protected advance(): void {
    if (this.failed) return;
    this.lastEnd = this.scanner.end;
    this.scanner.read(this.scanner.end, this.skipNewlines);
  }

  /** Reads the token at `offset`; what lies before it counts as read. */
  protected moveTo(offset: number): void {
    if (this.failed) return;
    this.lastEnd = offset;
    this.scanner.read(offset, this.skipNewlines);
  }

  /** Passes a closing bracket: the token after it is read as the outer bracket wants it. */
  protected leave(outerSkipsNewlines: boolean): void {
    this.skipNewlines = outerSkipsNewlines;
    this.advance();
  }

  protected tokenText(): string {
    return this.text.slice(this.scanner.start, this.scanner.end);
  }

  protected tokenRange(): SourceRange {
    return this.source.range(this.scanner.start, this.scanner.end);
  }

  protected rangeFrom(start: number): SourceRange {
    return this.source.range(start, Math.max(start, this.lastEnd));
  }

  protected invalid(start: number): InvalidExpression {
    return { kind: 'invalid', range: this.rangeFrom(start) };
  }

  protected report(diagnostic: Diagnostic): void {
    if (!this.failed) this.diagnostics.push(diagnostic);
  }

  protected fail(diagnostic: Diagnostic, failedAt: number = this.scanner.start): void {
    if (this.failed) return;
    this.diagnostics.push(diagnostic);
    this.failed = true;
    this.failedAt = failedAt;
    this.scanner.kind = 'end';
  }

  protected failForGood(diagnostic: Diagnostic): void {
    if (this.failed) return;
    this.fail(diagnostic);
    this.fatal = true;
  }

  /** Not what may stand here: says what was expected, unless the token is wrong by itself and that says more. */
  protected failUnexpected(code: string, summary: string, expected: string): void {
    if (this.failed) return;
    const { start } = this.scanner;
    const resume = this.text.startsWith('<<', start) ? endOfMisopenedHeredoc(this.text, start) : start;
    this.fail(unexpectedToken(this.source, this.scanner, this.lastEnd, { code, summary, expected }), resume);
  }

  protected enter(): boolean {
    this.#depth += 1;
    if (this.#depth <= MAX_NESTING) return true;
    this.failTooDeep();
    return false;
  }

  protected failTooDeep(): void {
    this.failForGood(
      errorDiagnostic(
        'nesting-too-deep',
        'Nested too deeply',
        `Brackets, blocks and templates may lie in each other ${MAX_NESTING} levels deep; here it goes deeper.`,
        { subject: this.tokenRange() },
      ),
    );
  }

  protected exit(): void {
    this.#depth -= 1;
  }

  protected get depth(): number {
    return this.#depth;
  }

  /** `opened` is what the brace at `close` closes; suspicious if the indentation says otherwise. */
  protected noteSuspect(from: number, to: number, close: number): void {
    if (this.suspect !== undefined) return;
    let lineStart = close;
    while (lineStart > 0 && isBlank(this.text.charCodeAt(lineStart - 1))) lineStart -= 1;
    // Only a brace that is the first on its line tells something; most are not, and cost nothing here.
    if (lineStart > 0 && this.text.charCodeAt(lineStart - 1) !== 10) return;
    if (close - lineStart < indentationAt(this.text, from)) this.suspect = { from, to };
  }
}

const isBlank = (unit: number): boolean => unit === 32 || unit === 9;
