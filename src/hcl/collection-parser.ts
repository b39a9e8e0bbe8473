import { errorDiagnostic } from './diagnostic.ts';
import { indentationAt, looksLikeItem } from './line-shape.ts';
import type { TokenKind } from './scanner.ts';
import type { Expression, ForObjectExpression, ForTupleExpression, ObjectItem } from './syntax.ts';
import { TemplateParser } from './template-parser.ts';
import { stringValue } from './value.ts';

const CLOSER_OF = { '(': ')', '[': ']', '{': '}' } as const;

/** So that reading stays linear. */
const MOST_REREADS = 5;

/** Reads brackets: lists, objects, the two forms of `for`, and what to say when a bracket is not closed. */
export abstract class CollectionParser extends TemplateParser {
  /** Where the body item being read begins: its indentation tells what lies inside it. */
  protected itemStart = 0;
  #rereads = 0;
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

  /** Stands at `[`. */
  protected parseTuple(): Expression {
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

  /** Stands at `{`. */
  protected parseObject(): Expression {
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
