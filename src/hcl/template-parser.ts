import { buildTemplate } from './build-template.ts';
import { errorDiagnostic } from './diagnostic.ts';
import { endOfSpreadString, lineThatBeginsWith } from './line-shape.ts';
import { MAX_NESTING, ParserCore } from './parser-core.ts';
import { endOfLine } from './scanner.ts';
import { readEscape } from './string-escape.ts';
import type { Expression, Heredoc } from './syntax.ts';
import { removeIndentation, type TemplateToken } from './template-tokens.ts';
import { stringValue } from './value.ts';

type Style = 'quoted' | 'heredoc' | 'bare';

const QUOTE = 34;
const DOLLAR = 36;
const PERCENT = 37;
const BACKSLASH = 92;
const NEWLINE = 10;
const OPEN_BRACE = 123;
const TILDE = 126;

/** Reads quoted strings, heredocs and bare templates. Their text is not made of tokens, so it is read by the character. */
export abstract class TemplateParser extends ParserCore {
  protected abstract parseExpression(): Expression;

  /** Stands at the opening quote; afterwards at the token that follows the closing one. */
  protected parseQuoted(): Expression {
    const open = this.scanner.start;
    const plainEnd = this.#plainStringEnd(open + 1);
    if (plainEnd >= 0) {
      this.moveTo(plainEnd + 1);
      return {
        kind: 'literal',
        value: stringValue(this.text.slice(open + 1, plainEnd)),
        range: this.source.range(open, plainEnd + 1),
      };
    }
    return this.#parseTemplate(open, open + 1, 'quoted');
  }

  protected parseHeredoc(): Expression {
    const open = this.scanner.start;
    const opener = this.tokenText().trimEnd();
    const indented = opener.startsWith('<<-');
    return this.#parseTemplate(open, this.scanner.end, 'heredoc', { marker: opener.slice(indented ? 3 : 2), indented });
  }

  /** The whole text is a template, as a file for `templatefile` is. */
  protected parseBareTemplate(): Expression {
    return this.#parseTemplate(0, 0, 'bare');
  }

  /** Where a string with nothing in it but text is closed; -1 if there is more in it. */
  #plainStringEnd(from: number): number {
    const text = this.text;
    for (let at = from; ; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit === QUOTE) return at;
      if (unit === BACKSLASH || unit === NEWLINE || Number.isNaN(unit)) return -1;
      if ((unit === DOLLAR || unit === PERCENT) && text.charCodeAt(at + 1) === OPEN_BRACE) return -1;
    }
  }

  #parseTemplate(open: number, from: number, style: Style, heredoc?: Heredoc): Expression {
    const outer = this.skipNewlines;
    const tokens: TemplateToken[] = [];
    if (!this.enter()) return this.invalid(open);
    const end = this.#readTokens(tokens, open, from, style, heredoc);
    this.skipNewlines = outer;
    if (heredoc?.indented) removeIndentation(tokens);
    const built = buildTemplate(this.source, tokens, MAX_NESTING - this.depth);
    this.exit();
    if (!this.failed && end.after >= 0) this.moveTo(end.after);
    if (this.failed) return this.invalid(open);
    const range = this.source.range(open, end.after);
    if (built.mistake !== undefined) this.report(built.mistake);
    const extra = heredoc === undefined ? {} : { heredoc };
    const [only] = built.parts;
    if (built.parts.length === 0) return { kind: 'literal', value: stringValue(''), ...extra, range };
    if (built.parts.length === 1 && only !== undefined) {
      if (only.kind === 'text') return { kind: 'literal', value: stringValue(only.text), ...extra, range };
      // A neighbour that trimming left nothing of still makes it text.
      if (only.kind === 'interpolation' && tokens.length === 1)
        return { kind: 'template-wrap', expression: only.expression, range };
    }
    return { kind: 'template', parts: built.parts, ...extra, range };
  }

  /** Reads up to the end of the template. `after` is where the text after it begins. */
  #readTokens(
    tokens: TemplateToken[],
    open: number,
    from: number,
    style: Style,
    heredoc: Heredoc | undefined,
  ): { readonly after: number } {
    const text = this.text;
    let at = from;
    let textFrom = from;
    let literal = '';
    let trimNext = false;
    const endText = (to: number): void => {
      if (to > textFrom || literal !== '') {
        const value = trimNext ? literal.trimStart() : literal;
        tokens.push({ kind: 'text', text: value, from: textFrom, to });
        trimNext = false;
      }
      literal = '';
    };
    let lineStart = true;
    for (;;) {
      if (this.failed) return { after: at };
      if (heredoc !== undefined && lineStart) {
        const lineEnd = endOfLine(text, at);
        if (this.#isMarker(text.slice(at, lineEnd), heredoc.marker)) {
          if (lineEnd === text.length) this.#reportNoLineEnd(at, heredoc.marker);
          return { after: lineEnd };
        }
      }
      lineStart = false;
      const unit = text.charCodeAt(at);
      if (Number.isNaN(unit)) {
        endText(at);
        if (style === 'bare') return { after: at };
        this.#failUnclosed(open, style, heredoc);
        return { after: at };
      }
      if (style === 'quoted') {
        if (unit === QUOTE) {
          endText(at);
          return { after: at + 1 };
        }
        if (unit === NEWLINE) {
          this.#failUnclosed(open, style, heredoc, at);
          return { after: at };
        }
        if (unit === BACKSLASH) {
          const escaped = this.#readEscape(at);
          literal += escaped.text;
          at = escaped.after;
          continue;
        }
      }
      if (unit === DOLLAR || unit === PERCENT) {
        const next = text.charCodeAt(at + 1);
        if (next === unit && text.charCodeAt(at + 2) === OPEN_BRACE) {
          literal += text.slice(at + 1, at + 3);
          at += 3;
          continue;
        }
        if (next === OPEN_BRACE) {
          const trimBefore = text.charCodeAt(at + 2) === TILDE;
          if (trimBefore) literal = literal.trimEnd();
          endText(at);
          const token = this.#readSequence(at, trimBefore ? at + 3 : at + 2, unit);
          if (this.failed || token === undefined) return { after: at };
          tokens.push(token);
          trimNext = text.charCodeAt(token.to - 2) === TILDE;
          at = token.to;
          textFrom = at;
          continue;
        }
      }
      const runEnd = this.#endOfRun(at, style);
      literal += text.slice(at, runEnd);
      at = runEnd;
      if (style !== 'quoted' && text.charCodeAt(at - 1) === NEWLINE) {
        endText(at);
        trimNext = false;
        textFrom = at;
        lineStart = true;
      }
    }
  }

  /** The end of the plain characters from `at` on, of which there is at least one; but for quoted ones a newline is the last. */
  #endOfRun(at: number, style: Style): number {
    const text = this.text;
    for (let end = at + 1; ; end += 1) {
      if (style !== 'quoted' && text.charCodeAt(end - 1) === NEWLINE) return end;
      const unit = text.charCodeAt(end);
      if (unit === DOLLAR || unit === PERCENT || Number.isNaN(unit)) return end;
      if (style === 'quoted' && (unit === QUOTE || unit === BACKSLASH || unit === NEWLINE)) return end;
    }
  }

  /** `${ … }` or `%{ … }`; stands before it and leaves the scanner at its closing brace. */
  #readSequence(from: number, inside: number, opener: number): TemplateToken | undefined {
    this.skipNewlines = true;
    this.moveTo(inside);
    const read = opener === DOLLAR ? this.#readInterpolation(from, inside) : this.#readDirective(from);
    if (this.failed) return undefined;
    if (read === undefined || (!this.at('}') && !this.at('~}'))) {
      this.#failUnclosedSequence(from, opener);
      return undefined;
    }
    return { ...read, from, to: this.scanner.end } as TemplateToken;
  }

  #readInterpolation(from: number, inside: number): DistributiveOmit<TemplateToken, 'from' | 'to'> | undefined {
    if (this.at('}') || this.at('~}')) {
      this.fail(
        errorDiagnostic(
          'empty-interpolation',
          'Empty interpolation',
          'Between ${ and } stands an expression. To write the characters themselves, escape them: $${}.',
          { subject: this.source.range(from, this.scanner.end) },
        ),
        inside,
      );
      return undefined;
    }
    if (this.at('end')) return undefined;
    return { kind: 'interpolation', expression: this.parseExpression() };
  }

  #readDirective(from: number): DistributiveOmit<TemplateToken, 'from' | 'to'> | undefined {
    const word = this.at('identifier') ? this.tokenText() : '';
    switch (word) {
      case 'if':
        this.advance();
        return { kind: 'if', condition: this.parseExpression() };
      case 'for':
        return this.#readFor();
      case 'else':
      case 'endif':
      case 'endfor':
        this.advance();
        return { kind: word };
      default:
        this.fail(
          errorDiagnostic(
            'unknown-directive',
            'Unknown template directive',
            `${word === '' ? 'After %{ stands' : `"${word}" is no directive; after %{ stands`} one of: if, else, endif, for, endfor. To write the characters %{ themselves, escape them: %%{.`,
            { subject: this.source.range(from, Math.max(from + 2, this.scanner.end)) },
          ),
        );
        return undefined;
    }
  }

  #readFor(): DistributiveOmit<TemplateToken, 'from' | 'to'> | undefined {
    this.advance();
    const names = this.parseForNames();
    if (names === undefined) return undefined;
    return { kind: 'for', ...names, collection: this.parseExpression() };
  }

  /** `k, v in` or `v in`; stands at the first name, afterwards behind the `in`. */
  protected parseForNames(): { readonly keyName: string | undefined; readonly valueName: string } | undefined {
    const first = this.#forName();
    if (first === undefined) return undefined;
    let second: string | undefined;
    if (this.at(',')) {
      this.advance();
      second = this.#forName();
      if (second === undefined) return undefined;
    }
    if (!this.atWord('in')) {
      this.failUnexpected('for-without-in', 'Missing "in"', 'The names of a for are followed by the word in.');
      return undefined;
    }
    this.advance();
    return second === undefined ? { keyName: undefined, valueName: first } : { keyName: first, valueName: second };
  }

  #forName(): string | undefined {
    if (!this.at('identifier')) {
      this.failUnexpected(
        'for-without-name',
        'Missing name',
        'A for names what it goes through: for value in …, or for key, value in ….',
      );
      return undefined;
    }
    const name = this.tokenText();
    this.advance();
    return name;
  }

  #readEscape(at: number): { readonly text: string; readonly after: number } {
    const escaped = readEscape(this.text, at);
    if (escaped.problem !== undefined) {
      const subject = this.source.range(at, escaped.after);
      this.report(errorDiagnostic('bad-escape', 'Invalid escape sequence', escaped.problem, { subject }));
    }
    return escaped;
  }

  #failUnclosedSequence(from: number, opener: number): void {
    const sign = opener === DOLLAR ? '$' : '%';
    const subject = this.source.range(from, from + 2);
    if (this.at('quote') || this.at('newline') || this.at('end') || this.at('unclosed-comment')) {
      this.fail(
        errorDiagnostic(
          'unclosed-interpolation',
          `Unclosed ${sign}{`,
          `There is no } for this ${sign}{. To write the characters themselves, escape them: ${sign}${sign}{.`,
          { subject },
        ),
      );
      return;
    }
    if (opener === DOLLAR && (this.at(':') || this.at('bad') || this.at('%'))) {
      this.fail(
        errorDiagnostic(
          'shell-in-interpolation',
          'Not an expression',
          'Between ${ and } stands an expression of this language, and this is none. If the shell is to see it, escape it: $${…}.',
          { subject: this.tokenRange(), context: this.source.range(from, this.scanner.end) },
        ),
      );
      return;
    }
    this.failUnexpected(
      'extra-in-interpolation',
      'Unexpected text in a template',
      `After the expression the ${sign}{ is closed by }.`,
    );
  }

  #failUnclosed(open: number, style: Style, heredoc: Heredoc | undefined, lineEnd?: number): void {
    if (heredoc !== undefined) {
      const lineOfOpener = endOfLine(this.text, open);
      this.failForGood(
        errorDiagnostic(
          'unclosed-heredoc',
          'Unclosed heredoc',
          `There is no line with ${heredoc.marker} alone on it to close this heredoc.${this.#almostClosed(lineOfOpener, heredoc.marker)}`,
          { subject: this.source.range(open, lineOfOpener) },
        ),
      );
      return;
    }
    if (style === 'bare') return;
    const resume = lineEnd === undefined ? this.text.length : endOfSpreadString(this.text, lineEnd);
    this.fail(
      errorDiagnostic(
        'unclosed-string',
        'Unclosed string',
        lineEnd === undefined
          ? 'The closing quote of this string is missing.'
          : 'The closing quote of this string is missing; a quoted string ends on its line. For several lines use a heredoc (<<EOT) or \\n.',
        { subject: this.source.range(open, open + 1), context: this.source.range(open, lineEnd ?? resume) },
      ),
      resume,
    );
  }

  /** `trim` takes byte order marks for spaces, and they are none. */
  #isMarker(line: string, marker: string): boolean {
    return line.trim() === marker && !line.includes('\ufeff');
  }

  #reportNoLineEnd(from: number, marker: string): void {
    const detail = `After the ${marker} that closes a heredoc its line must end, and here the text ends. Add a line end.`;
    const subject = this.source.range(from, this.text.length);
    this.report(errorDiagnostic('heredoc-without-line-end', 'Missing line end', detail, { subject }));
  }

  #almostClosed(from: number, marker: string): string {
    const at = lineThatBeginsWith(this.text, from, marker);
    if (at < 0) return '';
    return ` Line ${this.source.positionAt(at).line} begins with it, but more follows: the marker must stand alone.`;
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
