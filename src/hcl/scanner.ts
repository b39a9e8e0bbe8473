import type { BinaryOperator } from './syntax.ts';

export type TokenKind =
  | 'identifier'
  | 'number'
  | 'quote'
  | 'heredoc'
  | 'newline'
  | 'end'
  | 'bad'
  | 'unclosed-comment'
  | BinaryOperator
  | '{'
  | '}'
  | '~}'
  | '['
  | ']'
  | '('
  | ')'
  | ','
  | '.'
  | '...'
  | ':'
  | '::'
  | '?'
  | '='
  | '=>'
  | '!';

const IDENTIFIER = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;
const HEREDOC_OPENER = /<<-?[\p{ID_Start}_][\p{ID_Continue}-]*\r?\n/uy;

/**
 * Reads one token at a time, where the parser stands, so that the parser may change how it reads (newlines count or do
 * not; inside a template there are no tokens at all) and go back to an earlier offset.
 *
 * Offsets are UTF-16 units. A quote or a heredoc is only recognised here; the parser reads what is inside.
 */
export class Scanner {
  readonly text: string;
  kind: TokenKind = 'newline';
  start = 0;
  end = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Reads the token that begins at or after `offset`. Spaces and comments are skipped; newlines too if told so. */
  read(offset: number, skipNewlines: boolean): TokenKind {
    const text = this.text;
    let at = offset;
    for (;;) {
      const unit = text.charCodeAt(at);
      switch (unit) {
        case 32:
        case 9:
          at += 1;
          continue;
        case 13:
          if (text.charCodeAt(at + 1) !== 10) return this.#token('bad', at, at + 1);
          if (!skipNewlines) return this.#token('newline', at, at + 2);
          at += 2;
          continue;
        case 10:
          if (!skipNewlines) return this.#token('newline', at, at + 1);
          at += 1;
          continue;
        case 35: // #
          at = endOfLine(text, at);
          continue;
        case 47: {
          const next = text.charCodeAt(at + 1);
          if (next === 47) {
            at = endOfLine(text, at);
            continue;
          }
          if (next !== 42) return this.#token('/', at, at + 1);
          const close = text.indexOf('*/', at + 2);
          if (close < 0) return this.#token('unclosed-comment', at, text.length);
          at = close + 2;
          continue;
        }
        default:
          return this.#readToken(at, unit);
      }
    }
  }

  #readToken(at: number, unit: number): TokenKind {
    const text = this.text;
    if (isLetter(unit)) return this.#token('identifier', at, endOfIdentifier(text, at));
    if (isDigit(unit)) return this.#token('number', at, endOfNumber(text, at));
    const next = text.charCodeAt(at + 1);
    switch (unit) {
      case 34:
        return this.#token('quote', at, at + 1);
      case 123:
        return this.#token('{', at, at + 1);
      case 125:
        return this.#token('}', at, at + 1);
      case 91:
        return this.#token('[', at, at + 1);
      case 93:
        return this.#token(']', at, at + 1);
      case 40:
        return this.#token('(', at, at + 1);
      case 41:
        return this.#token(')', at, at + 1);
      case 44:
        return this.#token(',', at, at + 1);
      case 63:
        return this.#token('?', at, at + 1);
      case 43:
        return this.#token('+', at, at + 1);
      case 45:
        return this.#token('-', at, at + 1);
      case 42:
        return this.#token('*', at, at + 1);
      case 37:
        return this.#token('%', at, at + 1);
      case 46:
        if (next === 46 && text.charCodeAt(at + 2) === 46) return this.#token('...', at, at + 3);
        return this.#token('.', at, at + 1);
      case 58:
        return next === 58 ? this.#token('::', at, at + 2) : this.#token(':', at, at + 1);
      case 61:
        if (next === 61) return this.#token('==', at, at + 2);
        return next === 62 ? this.#token('=>', at, at + 2) : this.#token('=', at, at + 1);
      case 33:
        return next === 61 ? this.#token('!=', at, at + 2) : this.#token('!', at, at + 1);
      case 62:
        return next === 61 ? this.#token('>=', at, at + 2) : this.#token('>', at, at + 1);
      case 60:
        if (next === 61) return this.#token('<=', at, at + 2);
        if (next === 60) {
          HEREDOC_OPENER.lastIndex = at;
          if (HEREDOC_OPENER.test(text)) return this.#token('heredoc', at, HEREDOC_OPENER.lastIndex);
          return this.#token('bad', at, at + 2);
        }
        return this.#token('<', at, at + 1);
      case 38:
        return next === 38 ? this.#token('&&', at, at + 2) : this.#token('bad', at, at + 1);
      case 124:
        return next === 124 ? this.#token('||', at, at + 2) : this.#token('bad', at, at + 1);
      case 126:
        return next === 125 ? this.#token('~}', at, at + 2) : this.#token('bad', at, at + 1);
      default:
        if (Number.isNaN(unit)) return this.#token('end', text.length, text.length);
        IDENTIFIER.lastIndex = at;
        if (IDENTIFIER.test(text)) return this.#token('identifier', at, IDENTIFIER.lastIndex);
        return this.#token('bad', at, (text.codePointAt(at) ?? 0) > 0xffff ? at + 2 : at + 1);
    }
  }

  #token(kind: TokenKind, start: number, end: number): TokenKind {
    this.kind = kind;
    this.start = start;
    this.end = end;
    return kind;
  }
}

const isLetter = (unit: number): boolean => (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || unit === 95;

const isDigit = (unit: number): boolean => unit >= 48 && unit <= 57;

export function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  if (end < 0) return text.length;
  return text.charCodeAt(end - 1) === 13 ? end - 1 : end;
}

export function endOfIdentifier(text: string, at: number): number {
  for (let end = at + 1; ; end += 1) {
    const unit = text.charCodeAt(end);
    if (isLetter(unit) || isDigit(unit) || unit === 45) continue;
    if (unit < 0x80 || Number.isNaN(unit)) return end;
    IDENTIFIER.lastIndex = at;
    return IDENTIFIER.test(text) ? IDENTIFIER.lastIndex : end;
  }
}

/** What begins like a number, as far as it goes: `1.2.3` is one token, though no number. */
const NUMBER = /\d+(?:\.(?=\d|[eE][+-]?\d)|\d|[eE][+-]?\d)*/y;

function endOfNumber(text: string, at: number): number {
  const end = endOfDigits(text, at);
  const unit = text.charCodeAt(end);
  if (unit !== 46 && (unit | 32) !== 101) return end;
  NUMBER.lastIndex = at;
  return NUMBER.test(text) ? NUMBER.lastIndex : end;
}

function endOfDigits(text: string, at: number): number {
  while (isDigit(text.charCodeAt(at))) at += 1;
  return at;
}
