import { errorDiagnostic } from './diagnostic.ts';
import { ExactNumber } from './exact-number.ts';
import { indentationAt, looksLikeItem } from './line-shape.ts';
import { Scanner, type TokenKind } from './scanner.ts';
import type { Expression, ForObjectExpression, ForTupleExpression, ObjectItem } from './syntax.ts';
import { TemplateParser } from './template-parser.ts';
import { FALSE, NULL, numberValue, stringValue, TRUE } from './value.ts';

const CLOSER_OF = { '(': ')', '[': ']', '{': '}' } as const;

/** So that reading stays linear. */
const MOST_REREADS = 5;

/** What an expression is made of: literals, names, calls, and everything in brackets. */
export abstract class PrimaryParser extends TemplateParser {
  /** Where the body item being read begins: its indentation tells what lies inside it. */
  protected itemStart = 0;
  #rereads = 0;

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
        return this.#parseTuple();
      case '{':
        return this.#parseObject();
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

  /** Passes the closing bracket. Without one, says so at what was opened, or names what stands in the way. */
  protected closeBracket(closer: ')' | ']' | '}', open: number, outer: boolean, expected: string): boolean {
    if (this.at(closer)) {
      if (closer === '}') this.noteSuspect(open, open + 1, this.scanner.start);
      this.leave(outer);
      return true;
    }
    this.skipNewlines = outer;
    if (this.failed) return false;
    const opener = this.text.charAt(open);
    const item = this.#itemOnThisLine(open);
    if (this.at('end') || item !== undefined || this.#atOtherCloser(closer)) {
      this.fail(
        errorDiagnostic('unclosed-bracket', `Unclosed ${opener}`, `This ${opener} has no ${closer} to close it.`, {
          subject: this.source.range(open, open + 1),
          context: this.source.range(open, Math.max(open + 1, Math.min(this.lastEnd, item ?? this.lastEnd))),
        }),
        item ?? this.#resumeAfterUnclosed(closer, open),
      );
      return false;
    }
    this.failUnexpected(
      'unexpected-in-brackets',
      `Missing ${closer === '}' ? 'separator' : `comma or ${closer}`}`,
      expected,
    );
    return false;
  }

  /**
   * Where the line begins, if it is a later one than that of the bracket at `open` and looks like the next item of the body:
   * then the bracket was forgotten.
   */
  #itemOnThisLine(open: number): number | undefined {
    const line = this.text.lastIndexOf('\n', this.scanner.start - 1) + 1;
    if (line <= open) return undefined;
    const indentation = indentationAt(this.text, line);
    if (indentation > indentationAt(this.text, this.itemStart) || !looksLikeItem(this.text, line + indentation))
      return undefined;
    return line - 1;
  }

  /** An object that runs to the end of the file has swallowed what follows it: that is read again, a few times. */
  #resumeAfterUnclosed(closer: string, open: number): number {
    if (closer !== '}' || !this.at('end') || this.#rereads === MOST_REREADS) return this.scanner.start;
    this.#rereads += 1;
    return open;
  }

  #atOtherCloser(closer: TokenKind): boolean {
    return Object.values(CLOSER_OF).some((other) => other !== closer && this.at(other));
  }

  #parseNumber(): Expression {
    const start = this.scanner.start;
    const value = new ExactNumber(this.tokenText());
    const range = this.tokenRange();
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
        if (this.at(',')) this.advance();
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

  #parseTuple(): Expression {
    const open = this.scanner.start;
    const outer = this.skipNewlines;
    this.skipNewlines = true;
    this.advance();
    if (this.atWord('for')) return this.#parseForTuple(open, outer);
    const elements: Expression[] = [];
    while (!this.at(']') && !this.at('end')) {
      elements.push(this.parseExpression());
      if (!this.at(',')) break;
      this.advance();
    }
    if (!this.closeBracket(']', open, outer, 'The elements of a list are separated by commas and closed by ].')) {
      return this.invalid(open);
    }
    return { kind: 'tuple', elements, range: this.rangeFrom(open) };
  }

  #parseForTuple(open: number, outer: boolean): Expression {
    const intro = this.#parseForIntro();
    const value = this.parseExpression();
    if (this.at('=>')) {
      this.fail(
        errorDiagnostic(
          'for-key-in-list',
          'Key in a list',
          'A for in [ ] makes a list, which has no keys. For an object, write { } instead.',
          { subject: this.tokenRange(), context: this.source.range(open, this.scanner.end) },
        ),
      );
    }
    const condition = this.#parseForCondition();
    if (!this.closeBracket(']', open, outer, 'After its value (and condition, if any) this for is closed by ].')) {
      return this.invalid(open);
    }
    const range = this.rangeFrom(open);
    return { kind: 'for-tuple', ...intro, value, condition, range } satisfies ForTupleExpression;
  }

  #parseForIntro(): Pick<ForTupleExpression, 'keyName' | 'valueName' | 'collection'> {
    this.advance();
    const names = this.parseForNames();
    const collection = this.parseExpression();
    if (this.at(':')) this.advance();
    else
      this.failUnexpected(
        'for-without-colon',
        'Missing colon',
        'What a for goes through is followed by a colon and the value to make.',
      );
    return { keyName: names?.keyName, valueName: names?.valueName ?? '', collection };
  }

  #parseForCondition(): Expression | undefined {
    if (!this.atWord('if')) return undefined;
    this.advance();
    return this.parseExpression();
  }

  #parseObject(): Expression {
    const open = this.scanner.start;
    const outer = this.skipNewlines;
    this.skipNewlines = true;
    this.advance();
    if (this.atWord('for')) return this.#parseForObject(open, outer);
    this.skipNewlines = false;
    const items: ObjectItem[] = [];
    for (;;) {
      while (this.at('newline')) this.advance();
      if (this.at('}') || this.at('end')) break;
      const start = this.scanner.start;
      const key = this.#parseObjectKey();
      if (!this.#passObjectSeparator()) break;
      const value = this.parseExpression();
      items.push({ key, value, range: this.rangeFrom(start) });
      if (!this.at(',') && !this.at('newline')) break;
      this.advance();
    }
    const expected = 'The items of an object are separated by commas or newlines, and the object is closed by }.';
    if (!this.closeBracket('}', open, outer, expected)) return this.invalid(open);
    return { kind: 'object', items, range: this.rangeFrom(open) };
  }

  #parseObjectKey(): Expression {
    const start = this.scanner.start;
    if (this.at('identifier')) {
      const name = this.tokenText();
      const range = this.tokenRange();
      this.advance();
      if (this.at('=') || this.at(':')) return { kind: 'literal', value: stringValue(name), range };
      if (!this.failed) this.scanner.read(start, this.skipNewlines);
    }
    const key = this.parseExpression();
    if (key.kind === 'traversal' && key.traversal.steps.length === 0 && !this.failed) {
      return { kind: 'literal', value: stringValue(key.traversal.root), range: key.range };
    }
    if ((key.kind === 'traversal' || key.kind === 'index') && !this.failed) {
      this.report(
        errorDiagnostic(
          'ambiguous-key',
          'Ambiguous key',
          'A key that is an expression must be in parentheses; in quotes it would be taken literally.',
          { subject: key.range },
        ),
      );
    }
    return key;
  }

  #passObjectSeparator(): boolean {
    if (this.at('=') || this.at(':')) {
      this.advance();
      if (!this.at('newline')) return true;
      this.failUnexpected('missing-value', 'Missing value', 'The value of the key begins on the same line.');
      return false;
    }
    if (this.at('=>')) {
      this.fail(
        errorDiagnostic(
          'arrow-in-object',
          'Unexpected =>',
          'In an object, = stands between key and value; => belongs to a for.',
          {
            subject: this.tokenRange(),
          },
        ),
      );
      return false;
    }
    this.failUnexpected('missing-value', 'Missing value', 'After a key of an object come = and its value.');
    return false;
  }

  #parseForObject(open: number, outer: boolean): Expression {
    const intro = this.#parseForIntro();
    const key = this.parseExpression();
    if (this.at('=>')) this.advance();
    else {
      this.failUnexpected(
        'for-without-key',
        'Missing =>',
        'A for in { } makes an object, so it needs key => value. For a list, write [ ] instead.',
      );
    }
    const value = this.parseExpression();
    const grouped = this.at('...');
    if (grouped) this.advance();
    const condition = this.#parseForCondition();
    if (!this.closeBracket('}', open, outer, 'After its value (and condition, if any) this for is closed by }.')) {
      return this.invalid(open);
    }
    const range = this.rangeFrom(open);
    return { kind: 'for-object', ...intro, key, value, grouped, condition, range } satisfies ForObjectExpression;
  }
}
