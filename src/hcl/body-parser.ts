import { type Diagnostic, errorDiagnostic } from './diagnostic.ts';
import { ExpressionParser } from './expression-parser.ts';
import { indentationAt, looksLikeItem } from './line-shape.ts';
import type { Range } from './position.ts';
import { endOfBrokenItem } from './skip-item.ts';
import type { SourceRange, SourceText } from './source-text.ts';
import type { Attribute, Block, Body, BodyItem, Label } from './syntax.ts';

interface Header {
  readonly type: string;
  readonly start: number;
  readonly typeEnd: number;
  readonly labels: readonly Label[];
  readonly end: number;
}

const BY_INDENTATION = ' Judging by the indentation, it is this one that lacks its }.';

function unclosedBlock(subject: SourceRange, hint: string): Diagnostic {
  const detail = `What is opened here is never closed: the file ends before its }.${hint}`;
  return errorDiagnostic('unclosed-block', 'Unclosed block', detail, { subject });
}

/** What to do at a place of the text where a brace is missing or one too many. */
export type BraceRepair = 'close' | 'ignore';

/** Reads bodies: attributes and blocks, one to a line. A broken item is reported once, and the next one is read again. */
export class BodyParser extends ExpressionParser {
  readonly #repairs: Map<number, BraceRepair>;
  /**
   * Where, judging by the indentation, a brace is missing or one too many, if the braces did not come out even in the end: read again with
   * that repaired (parse.ts), everything behind it is what it was meant to be.
   */
  repair: { readonly at: number; readonly kind: BraceRepair } | undefined;
  #firstLate: number | undefined;
  #firstEarly: number | undefined;
  #closedByRepair = false;

  constructor(source: SourceText, repairs: ReadonlyMap<number, BraceRepair> = new Map()) {
    super(source);
    this.#repairs = new Map(repairs);
  }

  parseFile(): Body {
    this.advance();
    return this.#parseBody(0, undefined);
  }

  #parseBody(start: number, header: Header | undefined): Body {
    const items: BodyItem[] = [];
    const names = new Map<string, Attribute>();
    const indentation = header === undefined ? 0 : indentationAt(this.text, header.start);
    for (;;) {
      while (this.at('newline')) this.advance();
      const repair = this.#repairs.get(this.scanner.start);
      if (repair !== undefined && header !== undefined && !this.failed) {
        this.#repairs.delete(this.scanner.start);
        if (repair === 'close') {
          const { from, to } = this.#unclosedWithin(header) ?? { from: header.start, to: header.end };
          this.report(unclosedBlock(this.source.range(from, to), BY_INDENTATION));
          this.#closedByRepair = true;
          break;
        }
        this.#reportStrayBrace('the file has one } too many, and judging by the indentation it is this one.');
        continue;
      }
      if (this.at('end')) {
        if (header !== undefined) this.#failUnclosed(header);
        break;
      }
      if (header !== undefined) this.#noteIndentation(indentation);
      if (this.at('}')) {
        if (header !== undefined) break;
        if (this.#firstEarly !== undefined) this.repair ??= { at: this.#firstEarly, kind: 'ignore' };
        this.#reportStrayBrace();
        continue;
      }
      const itemStart = this.scanner.start;
      const read = this.#parseItem();
      this.#endItem(read);
      const item = this.#asRead(read);
      if (item !== undefined) {
        items.push(item);
        if (item.kind === 'attribute') this.#checkRepeated(names, item);
      }
      if (this.failed) {
        if (this.fatal) break;
        this.#recover(itemStart);
      }
    }
    return { kind: 'body', items, range: this.rangeFrom(start) };
  }

  /** An attribute whose line could not be read to its end has a value that nobody should judge. */
  #asRead(item: BodyItem | undefined): BodyItem | undefined {
    if (!this.failed || item?.kind !== 'attribute') return item;
    return { ...item, expression: { kind: 'invalid', range: item.expression.range } };
  }

  /** A line that is indented no more than the block around it comes late: the block should have ended. A closing brace deeper than its block is early. */
  #noteIndentation(indentation: number): void {
    if (this.#firstLate !== undefined && this.#firstEarly !== undefined) return;
    const { start } = this.scanner;
    let line = start;
    while (line > 0 && (this.text[line - 1] === ' ' || this.text[line - 1] === '\t')) line -= 1;
    if (line > 0 && this.text[line - 1] !== '\n') return;
    const own = start - line;
    if (this.at('}')) {
      if (own < indentation) this.#firstLate ??= start;
      if (own > indentation) this.#firstEarly ??= start;
    } else if (own <= indentation) this.#firstLate ??= start;
  }

  #recover(itemStart: number): void {
    const resume = endOfBrokenItem(this.text, itemStart, this.failedAt);
    this.failed = false;
    this.skipNewlines = false;
    this.moveTo(resume);
  }

  #checkRepeated(names: Map<string, Attribute>, item: Attribute): void {
    const first = names.get(item.name);
    if (first === undefined) {
      names.set(item.name, item);
      return;
    }
    this.report(
      errorDiagnostic(
        'repeated-attribute',
        'Attribute set twice',
        `"${item.name}" is set on line ${first.nameRange.start.line} already; an attribute has one value.`,
        { subject: item.nameRange },
      ),
    );
  }

  #parseItem(): BodyItem | undefined {
    this.itemStart = this.scanner.start;
    if (this.at('quote')) return this.#failQuotedName();
    if (!this.at('identifier')) {
      this.failUnexpected(
        'missing-item',
        'Not an attribute or block',
        'Here an attribute (name = value) or a block (name { … }) is expected.',
      );
      return undefined;
    }
    const start = this.scanner.start;
    const typeEnd = this.scanner.end;
    const name = this.tokenText();
    this.advance();
    if (this.at('=')) return this.#parseAttribute(name, start, typeEnd);
    return this.#parseBlock(name, start, typeEnd);
  }

  #failQuotedName(): undefined {
    const range = this.tokenRange();
    this.parseQuoted();
    if (this.at('=') || this.at(':')) {
      this.fail(
        errorDiagnostic(
          'quoted-attribute-name',
          'Quoted attribute name',
          'The name of an attribute is written without quotes.',
          {
            subject: this.source.range(range.from, this.lastEnd),
          },
        ),
      );
    } else {
      this.fail(
        errorDiagnostic(
          'missing-item',
          'Not an attribute or block',
          'Here an attribute (name = value) or a block (name { … }) is expected, and neither begins with a quote.',
          {
            subject: this.source.range(range.from, this.lastEnd),
          },
        ),
      );
    }
    return undefined;
  }

  #parseAttribute(name: string, start: number, nameEnd: number): Attribute {
    this.advance();
    const expression = this.parseExpression();
    return {
      kind: 'attribute',
      name,
      nameRange: this.source.range(start, nameEnd),
      expression,
      range: this.rangeFrom(start),
    };
  }

  /** After an item the line ends. */
  #endItem(item: BodyItem | undefined): void {
    const isRepaired = this.#closedByRepair;
    this.#closedByRepair = false;
    if (this.failed || item === undefined || isRepaired || this.at('newline') || this.at('end')) return;
    if (item.kind === 'block') {
      this.failUnexpected('missing-newline', 'Missing newline', 'After the } of a block the line ends.');
      return;
    }
    if (this.at(',')) {
      this.fail(
        errorDiagnostic(
          'comma-after-attribute',
          'Unexpected comma',
          'Attributes stand on lines of their own and are not separated by commas.',
          {
            subject: this.tokenRange(),
          },
        ),
      );
      return;
    }
    if (this.at('identifier') && this.scanner.start === this.lastEnd && item.expression.kind === 'literal') {
      const word = /[0-9.]+$/.exec(this.text.slice(Math.max(0, this.lastEnd - 40), this.lastEnd))?.[0] ?? '';
      const from = this.scanner.start - word.length;
      const text = this.text.slice(from, this.scanner.end);
      const subject = this.source.range(from, this.scanner.end);
      const detail = `This is neither a number nor a name. A text stands in quotes: ${item.name} = "${text}".`;
      this.fail(errorDiagnostic('missing-quotes', 'Missing quotes', detail, { subject }));
      return;
    }
    const expected = this.at('}')
      ? 'The } of a block that spans several lines stands on a line of its own.'
      : `After the value of ${item.name} the line ends.`;
    this.failUnexpected('missing-newline', 'Missing newline', expected);
  }

  #parseBlock(type: string, start: number, typeEnd: number): Block | undefined {
    const labels: Label[] = [];
    while (this.at('quote') || this.at('identifier')) {
      const label = this.#parseLabel();
      if (label === undefined) return undefined;
      labels.push(label);
    }
    const header: Header = { type, start, typeEnd, labels, end: this.lastEnd };
    if (this.at('newline')) this.#passLateBrace(header);
    if (this.at('newline') && this.#isBodyBelow(header)) return this.#parseWithoutBrace(header);
    if (!this.at('{')) {
      this.#failWithoutBrace(header);
      return undefined;
    }
    if (!this.enter()) return undefined;
    const open = this.scanner.start;
    this.advance();
    const body =
      this.at('newline') || this.at('end') ? this.#parseBody(open + 1, header) : this.#parseOneLine(open + 1, header);
    this.exit();
    return this.#closeBlock(header, open, body);
  }

  /** Whether the next line is indented deeper than the header and looks like an item: then only the `{` was forgotten. */
  #isBodyBelow(header: Header): boolean {
    const next = /[^\s]/g;
    next.lastIndex = this.scanner.end;
    const at = next.exec(this.text)?.index;
    if (at === undefined || !looksLikeItem(this.text, at)) return false;
    return indentationAt(this.text, at) > indentationAt(this.text, header.start);
  }

  /** Reported, and read as if the brace stood at the end of the line. */
  #parseWithoutBrace(header: Header): Block | undefined {
    const end = this.source.range(header.end, header.end + 1);
    const detail = `The { is missing that opens this block: ${this.text.slice(header.start, header.end)} {`;
    this.report(errorDiagnostic('missing-brace', 'Missing {', detail, { subject: end }));
    if (!this.enter()) return undefined;
    const body = this.#parseBody(header.end, header);
    this.exit();
    return this.#closeBlock(header, header.end, body);
  }

  #closeBlock(header: Header, open: number, body: Body): Block {
    const { type, start, typeEnd, labels } = header;
    const isClosed = this.at('}') && !this.#closedByRepair;
    const close = isClosed ? this.scanner.start : this.lastEnd;
    if (isClosed) {
      this.noteSuspect(header.start, header.end, close);
      this.advance();
    }
    return {
      kind: 'block',
      type,
      typeRange: this.source.range(start, typeEnd),
      labels,
      body,
      headerRange: this.source.range(start, header.end),
      openRange: this.source.range(open, open + 1),
      closeRange: this.source.range(close, Math.min(close + 1, this.text.length)),
      range: this.rangeFrom(start),
    };
  }

  #parseLabel(): Label | undefined {
    if (this.at('identifier')) {
      const label: Label = { value: this.tokenText(), quoted: false, range: this.tokenRange() };
      this.advance();
      return label;
    }
    const start = this.scanner.start;
    const text = this.parseQuoted();
    const range = this.rangeFrom(start);
    if (this.failed) return undefined;
    if (text.kind === 'literal' && text.value.kind === 'string')
      return { value: text.value.value, quoted: true, range: text.range };
    this.fail(
      errorDiagnostic(
        'template-in-label',
        'Template in a label',
        'The label of a block is plain text: ${ } and %{ } cannot stand in it.',
        {
          subject: range,
        },
      ),
    );
    return undefined;
  }

  /** A `{` on the next line is reported and then taken as if it stood where it belongs. */
  #passLateBrace(header: Header): void {
    if (!/^\s*\{/.test(this.text.slice(this.scanner.end, this.scanner.end + 200))) return;
    const subject = this.source.range(header.start, header.end);
    const detail = 'The { of a block stands on the same line as its name.';
    this.report(errorDiagnostic('brace-on-next-line', 'Brace on the next line', detail, { subject }));
    while (this.at('newline')) this.advance();
  }

  #failWithoutBrace(header: Header): void {
    if (this.failed) return;
    const subject = this.source.range(header.start, header.end);
    if (this.at(':') && header.labels.length === 0) {
      this.fail(
        errorDiagnostic(
          'colon-after-name',
          'Unexpected colon',
          `An attribute is set with =, not with a colon: ${header.type} = …`,
          {
            subject: this.tokenRange(),
          },
        ),
      );
      return;
    }
    if (this.at('=')) {
      this.fail(
        errorDiagnostic(
          'label-before-equals',
          'Attribute with a label',
          `Only blocks have labels, and a block has no equals sign: ${this.text.slice(header.start, header.end)} { … }.`,
          {
            subject: this.tokenRange(),
            context: subject,
          },
        ),
      );
      return;
    }
    const expected =
      header.labels.length === 0
        ? `After "${header.type}" comes = and a value (an attribute) or { (a block).`
        : 'After the labels of a block comes {.';
    this.failUnexpected('incomplete-item', 'Incomplete line', expected);
  }

  /** `{ name = value }` or `{}`. */
  #parseOneLine(start: number, header: Header): Body {
    const items: BodyItem[] = [];
    if (!this.at('}')) {
      const item = this.#parseItem();
      const isRead = this.at('newline');
      if (item?.kind === 'block') {
        this.#failOneLine(header, 'no block inside it', item.headerRange);
      } else if (this.at(',') || this.at('identifier')) {
        this.#failOneLine(header, 'only one attribute', this.tokenRange());
      } else if (!this.at('}')) {
        if (this.at('newline') && !this.failed) this.#failBrokenLine(header);
        else if (this.at('end')) this.#failUnclosed(header);
        else this.failUnexpected('one-line-block', 'Missing }', 'A block on one line is closed by } on that line.');
      }
      const read = isRead ? item : this.#asRead(item);
      if (read !== undefined) items.push(read);
    }
    return { kind: 'body', items, range: this.rangeFrom(start) };
  }

  #failOneLine(header: Header, holds: string, subject: Range): void {
    this.fail(
      errorDiagnostic(
        'one-line-block',
        'Too much on one line',
        `A block on one line holds ${holds}; write each thing on a line of its own.`,
        {
          subject,
          context: this.source.range(header.start, this.scanner.end),
        },
      ),
    );
  }

  #failBrokenLine(header: Header): void {
    this.fail(
      errorDiagnostic(
        'one-line-block',
        'Block begun on one line',
        'What follows { on the same line must be closed by } on that line; otherwise begin a new line after the {.',
        {
          subject: this.source.range(header.start, this.lastEnd),
        },
      ),
    );
  }

  #failUnclosed(header: Header): void {
    const inner = this.#unclosedWithin(header);
    const subject = this.source.range(inner?.from ?? header.start, inner?.to ?? header.end);
    if (this.#firstLate !== undefined) this.repair ??= { at: this.#firstLate, kind: 'close' };
    this.failForGood(unclosedBlock(subject, inner === undefined ? '' : BY_INDENTATION));
  }

  /** What lies in the block and, judging by the indentation, has taken its brace. */
  #unclosedWithin(header: Header): { readonly from: number; readonly to: number } | undefined {
    return this.suspect !== undefined && this.suspect.from > header.start ? this.suspect : undefined;
  }

  #reportStrayBrace(why = 'no block is open here. Perhaps there is one too many before it.'): void {
    const subject = this.tokenRange();
    this.report(errorDiagnostic('stray-brace', 'Unexpected }', `This } closes nothing: ${why}`, { subject }));
    this.advance();
    // More of them on the same line are the same mistake.
    while (this.at('}')) this.advance();
  }
}
