import {
  begunOnOneLine,
  braceOnNextLine,
  colonAfterName,
  commaAfterAttribute,
  ITEM_EXPECTED,
  labelBeforeEquals,
  missingBrace,
  missingHeader,
  missingQuotes,
  ONE_TOO_MANY,
  quotedName,
  repeatedAttribute,
  strayBrace,
  templateInLabel,
  tooMuchOnOneLine,
  unclosedBlock,
} from './body-messages.ts';
import { ExpressionParser } from './expression-parser.ts';
import { type BraceRepair, IndentationWatch, ownIndentation, type PlacedRepair } from './indentation-watch.ts';
import { indentationAt, looksLikeItem } from './line-shape.ts';
import type { Range } from './position.ts';
import { endOfBrokenItem } from './skip-item.ts';
import type { SourceText } from './source-text.ts';
import type { Attribute, Block, Body, BodyItem, Label } from './syntax.ts';

interface Header {
  readonly type: string;
  readonly start: number;
  readonly typeEnd: number;
  readonly labels: readonly Label[];
  readonly end: number;
}

/** Reads bodies: attributes and blocks, one to a line. A broken item is reported once, and the next one is read again. */
export class BodyParser extends ExpressionParser {
  readonly #repairs: Map<number, BraceRepair>;
  /**
   * Where, judging by the indentation, a brace is missing or one too many, if the braces did not come out even in the end: read again with
   * that repaired (parse.ts), everything behind it is what it was meant to be.
   */
  repair: PlacedRepair | undefined;
  readonly #watch: IndentationWatch;
  #closedByRepair = false;

  constructor(source: SourceText, repairs: ReadonlyMap<number, BraceRepair> = new Map()) {
    super(source);
    this.#repairs = new Map(repairs);
    this.#watch = new IndentationWatch(this.text);
  }

  parseFile(): Body {
    this.advance();
    return this.#parseBody(0, undefined);
  }

  #parseBody(start: number, header: Header | undefined): Body {
    const items: BodyItem[] = [];
    const indentation = header === undefined ? 0 : indentationAt(this.text, header.start);
    for (;;) {
      while (this.at('newline')) this.advance();
      const repair = this.#repairs.get(this.scanner.start);
      if (repair !== undefined && header !== undefined && !this.failed) {
        this.#repairs.delete(this.scanner.start);
        if (repair === 'close') {
          const { from, to } = this.#unclosedWithin(header) ?? { from: header.start, to: header.end };
          this.report(unclosedBlock(this.source.range(from, to), { byIndentation: true }));
          this.#closedByRepair = true;
          break;
        }
        this.#reportUnopened(items, ONE_TOO_MANY);
        continue;
      }
      if (this.at('end')) {
        if (header !== undefined) this.#failUnclosed(header);
        break;
      }
      if (header !== undefined) this.#watch.note(this.scanner.start, { isBrace: this.at('}'), indentation });
      if (this.at('}')) {
        if (header !== undefined) break;
        this.repair ??= this.#watch.superfluous;
        this.#reportUnopened(items);
        continue;
      }
      const itemStart = this.scanner.start;
      const read = this.#parseItem();
      this.#endItem(read);
      const item = this.#asRead(read);
      if (item !== undefined) items.push(item);
      if (this.failed) {
        if (this.fatal) break;
        this.#recover(itemStart);
      }
    }
    this.#checkRepeated(items);
    return { kind: 'body', items, range: this.rangeFrom(start) };
  }

  /** An attribute whose line could not be read to its end has a value that nobody should judge. */
  #asRead(item: BodyItem | undefined): BodyItem | undefined {
    if (!this.failed || item?.kind !== 'attribute') return item;
    return { ...item, expression: { kind: 'invalid', range: item.expression.range } };
  }

  #recover(itemStart: number): void {
    const resume = endOfBrokenItem(this.text, itemStart, this.failedAt);
    this.failed = false;
    this.skipNewlines = false;
    this.moveTo(resume);
  }

  #checkRepeated(items: readonly BodyItem[]): void {
    const names = new Map<string, Attribute>();
    for (const item of items) {
      if (item.kind !== 'attribute') continue;
      const first = names.get(item.name);
      if (first === undefined) names.set(item.name, item);
      else this.report(repeatedAttribute(item.name, first.nameRange.start.line, item.nameRange));
    }
  }

  #parseItem(): BodyItem | undefined {
    this.itemStart = this.scanner.start;
    if (this.at('quote')) return this.#failQuotedName();
    if (!this.at('identifier')) {
      this.failUnexpected('missing-item', 'Not an attribute or block', `${ITEM_EXPECTED}.`);
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
    const isAttribute = this.at('=') || this.at(':');
    this.fail(quotedName(this.source.range(range.from, this.lastEnd), { isAttribute }));
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
      this.fail(commaAfterAttribute(this.tokenRange()));
      return;
    }
    if (this.at('identifier') && this.scanner.start === this.lastEnd && item.expression.kind === 'literal') {
      const word = /[0-9.]+$/.exec(this.text.slice(Math.max(0, this.lastEnd - 40), this.lastEnd))?.[0] ?? '';
      const from = this.scanner.start - word.length;
      const text = this.text.slice(from, this.scanner.end);
      this.fail(missingQuotes(item.name, text, this.source.range(from, this.scanner.end)));
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
    this.report(missingBrace(end, this.text.slice(header.start, header.end)));
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
    this.fail(templateInLabel(range));
    return undefined;
  }

  /** A `{` on the next line is reported and then taken as if it stood where it belongs. */
  #passLateBrace(header: Header): void {
    if (!/^\s*\{/.test(this.text.slice(this.scanner.end, this.scanner.end + 200))) return;
    this.report(braceOnNextLine(this.source.range(header.start, header.end)));
    while (this.at('newline')) this.advance();
  }

  #failWithoutBrace(header: Header): void {
    if (this.failed) return;
    if (this.at(':') && header.labels.length === 0) {
      this.fail(colonAfterName(header.type, this.tokenRange()));
      return;
    }
    if (this.at('=')) {
      const context = this.source.range(header.start, header.end);
      this.fail(labelBeforeEquals(this.text.slice(header.start, header.end), this.tokenRange(), context));
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
        if (this.at('newline') && !this.failed)
          this.fail(begunOnOneLine(this.source.range(header.start, this.lastEnd)));
        else if (this.at('end')) this.#failUnclosed(header);
        else this.failUnexpected('one-line-block', 'Missing }', 'A block on one line is closed by } on that line.');
      }
      const read = isRead ? item : this.#asRead(item);
      if (read !== undefined) items.push(read);
    }
    return { kind: 'body', items, range: this.rangeFrom(start) };
  }

  #failOneLine(header: Header, holds: string, subject: Range): void {
    this.fail(tooMuchOnOneLine(holds, subject, this.source.range(header.start, this.scanner.end)));
  }

  #failUnclosed(header: Header): void {
    const inner = this.#unclosedWithin(header);
    const subject = this.source.range(inner?.from ?? header.start, inner?.to ?? header.end);
    this.repair ??= this.#watch.missing;
    this.failForGood(unclosedBlock(subject, { byIndentation: inner !== undefined }));
  }

  /** What lies in the block and, judging by the indentation, has taken its brace. */
  #unclosedWithin(header: Header): { readonly from: number; readonly to: number } | undefined {
    return this.suspect !== undefined && this.suspect.from > header.start ? this.suspect : undefined;
  }

  /**
   * A brace that closes nothing is one too many, unless what stands before it is indented deeper than it is: that was in a block whose first line is
   * gone, and nobody knows what it meant.
   */
  #reportUnopened(items: BodyItem[], why?: string): void {
    const brace = this.tokenRange();
    const own = ownIndentation(this.text, this.scanner.start);
    const isInside = (item: BodyItem): boolean => own !== undefined && item.range.start.column - 1 > own;
    const first = items.findLastIndex((item) => !isInside(item)) + 1;
    const [orphan] = items.splice(first);
    if (orphan === undefined) this.report(strayBrace(brace, why));
    else this.report(missingHeader(orphan.kind === 'block' ? orphan.headerRange : orphan.nameRange, brace));
    this.advance();
    // More of them on the same line are the same mistake.
    while (this.at('}')) this.advance();
  }
}
