import { CollectionParser } from './collection-parser.ts';
import { errorDiagnostic } from './diagnostic.ts';
import { ExactNumber } from './exact-number.ts';
import { looksLikeItem } from './line-shape.ts';
import { Scanner } from './scanner.ts';
import type { Expression } from './syntax.ts';
import { FALSE, NULL, numberValue, TRUE } from './value.ts';

/** What an expression is made of: literals, names, calls, and what stands in brackets. */
export abstract class PrimaryParser extends CollectionParser {
  protected parsePrimary(): Expression {
    const start = this.scanner.start;
    switch (this.scanner.kind) {
      case 'quote':
        return this.parseQuoted();
      case 'number':
        return this.#parseNumber();
      case 'identifier':
        return this.#parseName();
      case '[':
        return this.parseTuple();
      case '{':
        return this.parseObject();
      case '(':
        return this.#parseParentheses();
      case 'heredoc':
        return this.parseHeredoc();
      default:
        if (this.at('newline') && this.#goesOnBelow()) {
          this.#reportBrokenLine();
          return this.parsePrimary();
        }
        this.failUnexpected(
          'missing-expression',
          'Missing value',
          'An expression is expected here: a string, a number, a list, a name….',
        );
        return this.invalid(start);
    }
  }

  /** Whether the next line seems to hold what is missing at the end of this one. */
  #goesOnBelow(): boolean {
    const next = new Scanner(this.text);
    const kind = next.read(this.scanner.end, true);
    if (kind === 'end' || kind === '}' || kind === ']' || kind === ')') return false;
    return !looksLikeItem(this.text, next.start);
  }

  /** Reported, and then read as if the line had not ended. */
  #reportBrokenLine(): void {
    const before = this.source.range(this.lastEnd, this.lastEnd + 1);
    const detail =
      'The line ends where a value is expected. Outside of brackets an expression ends with its line; to let it go on, put it in parentheses.';
    this.report(errorDiagnostic('broken-line', 'Expression goes on in the next line', detail, { subject: before }));
    while (this.at('newline')) this.advance();
  }

  #parseNumber(): Expression {
    const start = this.scanner.start;
    const text = this.tokenText();
    const range = this.tokenRange();
    if (!/^\d+(\.\d*)?([eE][+-]?\d+)?$/.test(text)) {
      const detail = `${text} is no number. A version or an address is a text, in quotes: "${text}".`;
      this.report(errorDiagnostic('bad-number', 'Not a number', detail, { subject: range }));
      this.advance();
      return this.invalid(start);
    }
    const value = new ExactNumber(text);
    if (!value.isFinite()) {
      this.report(
        errorDiagnostic('number-out-of-range', 'Number out of range', 'This number is too large.', { subject: range }),
      );
      this.advance();
      return this.invalid(start);
    }
    this.advance();
    return { kind: 'literal', value: numberValue(value), range };
  }

  #parseName(): Expression {
    const start = this.scanner.start;
    let name = this.tokenText();
    let range = this.tokenRange();
    this.advance();
    while (this.at('::')) {
      this.advance();
      if (!this.at('identifier')) {
        this.failUnexpected('missing-function-name', 'Missing function name', 'After :: comes the name of a function.');
        return this.invalid(start);
      }
      name += `::${this.tokenText()}`;
      this.advance();
      range = this.rangeFrom(start);
    }
    if (this.at('(')) return this.#parseCall(name, range, start);
    if (name.includes('::')) {
      this.failUnexpected(
        'missing-arguments',
        'Missing arguments',
        `${name} names a function, so its arguments follow in parentheses.`,
      );
      return this.invalid(start);
    }
    switch (name) {
      case 'true':
        return { kind: 'literal', value: TRUE, range };
      case 'false':
        return { kind: 'literal', value: FALSE, range };
      case 'null':
        return { kind: 'literal', value: NULL, range };
      default:
        return { kind: 'traversal', traversal: { root: name, rootRange: range, steps: [], range }, range };
    }
  }

  #parseCall(name: string, nameRange: Expression['range'], start: number): Expression {
    const open = this.scanner.start;
    const outer = this.skipNewlines;
    this.skipNewlines = true;
    this.advance();
    const args: Expression[] = [];
    let expandLast = false;
    while (!this.at(')') && !this.at('end')) {
      args.push(this.parseExpression());
      if (this.at('...')) {
        this.advance();
        expandLast = true;
        break;
      }
      if (!this.at(',')) break;
      this.advance();
    }
    const expected = expandLast
      ? 'Nothing may follow an argument expanded with "...".'
      : `The arguments of ${name} are separated by commas and closed by ).`;
    if (!this.closeBracket(')', open, outer, expected)) return this.invalid(start);
    return { kind: 'call', name, nameRange, args, expandLast, range: this.rangeFrom(start) };
  }

  #parseParentheses(): Expression {
    const open = this.scanner.start;
    const outer = this.skipNewlines;
    this.skipNewlines = true;
    this.advance();
    const expression = this.at('end') ? this.invalid(open) : this.parseExpression();
    if (!this.closeBracket(')', open, outer, 'An expression in parentheses is closed by ).')) return this.invalid(open);
    return { kind: 'parentheses', expression, range: this.rangeFrom(open) };
  }
}
