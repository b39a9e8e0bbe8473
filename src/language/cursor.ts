/**
 * What the cursor stands in, by the tokens before it alone: so it is known in a text that does not parse yet, and what comes after the cursor cannot
 * confuse it.
 *
 * 1. The text up to the cursor is cut into tokens; a word that ends at the cursor is what is being typed, and set aside.
 * 2. The tokens open and close frames: blocks, brackets, quotes, templates. What is left open is what the cursor stands in.
 * 3. A line that can only begin a new item closes brackets that somebody forgot to close.
 */
import { indentationAt, looksLikeItem } from '../hcl/line-shape.ts';
import { type SyntaxToken, tokenize } from '../hcl/tokenize.ts';
import type { Span } from './span.ts';

export interface OpenBlock {
  readonly type: string;
  readonly labels: readonly string[];
}

/** A call whose parentheses are open: which, and which of its arguments (from 0) the cursor is in. */
export interface OpenCall {
  readonly name: string;
  readonly argument: number;
}

export interface Cursor {
  readonly place: CursorPlace;
  /** The part of the word or text before the cursor. */
  readonly typed: string;
  /** What a completion replaces: the whole word or text around the cursor. */
  readonly span: Span;
  /** From the outermost to the innermost. */
  readonly blocks: readonly OpenBlock[];
  /** The attribute whose value this is, and the keys of the objects it is in. */
  readonly attribute: string | undefined;
  readonly keys: readonly string[];
  /** The innermost first. */
  readonly calls: readonly OpenCall[];
  /** Names that the `for`s around have brought in. */
  readonly bound: readonly string[];
}

export type CursorPlace =
  /** In a comment, or a text that has no meaning to the language. */
  | { readonly kind: 'nowhere' }
  /** Where an attribute or a block may begin. */
  | { readonly kind: 'item' }
  /** Behind the type of a block; `at` counts the labels before. */
  | { readonly kind: 'label'; readonly block: OpenBlock; readonly quoted: boolean }
  /** Where a value may stand. `path` is what stands before it with dots: `['get', 'app']` of `get.app.`. */
  | { readonly kind: 'expression'; readonly path: readonly string[] }
  /** Inside the quotes of a value. */
  | { readonly kind: 'text' }
  /** Where the key of an object may stand. */
  | { readonly kind: 'key' };

type Frame =
  | { readonly kind: 'block'; readonly block: OpenBlock | undefined; statement: Statement }
  | { readonly kind: 'object'; key: string | undefined; isValue: boolean; bound: string[] }
  | { readonly kind: 'tuple'; bound: string[] }
  | { readonly kind: 'parentheses'; readonly callee: string | undefined; argument: number }
  | { readonly kind: 'quote'; readonly from: number }
  | { readonly kind: 'heredoc' }
  | { readonly kind: 'template'; bound: string[] };

/** The item being read: nothing of it yet, its name and labels, or its value. */
type Statement =
  | { readonly kind: 'none' }
  | { readonly kind: 'header'; readonly type: string; readonly labels: string[] }
  | { readonly kind: 'value'; readonly attribute: string };

const NONE: Statement = { kind: 'none' };

export function cursorAt(text: string, offset: number): Cursor {
  const before = text.slice(0, offset);
  const tokens = tokenize(before);
  const last = tokens.at(-1);
  const word = last?.kind === 'identifier' && last.to === offset ? last : undefined;
  const done = word === undefined ? tokens : tokens.slice(0, -1);
  const walk = new FrameWalk(before);
  for (const [at, token] of done.entries()) walk.take(token, done[at - 1]);
  const top = walk.top;
  const typedFrom = top.kind === 'quote' ? top.from : (word?.from ?? offset);
  return {
    place: placeOf(last, offset, before, done, walk),
    typed: before.slice(typedFrom),
    span: { from: typedFrom, to: top.kind === 'quote' ? endOfText(text, offset) : endOfWord(text, offset) },
    ...walk.surroundings(),
  };
}

function placeOf(
  last: SyntaxToken | undefined,
  offset: number,
  before: string,
  done: readonly SyntaxToken[],
  walk: FrameWalk,
): CursorPlace {
  if (last?.kind === 'line-comment' || (last?.kind === 'block-comment' && !closedAt(before, last, offset))) {
    return { kind: 'nowhere' };
  }
  const { top } = walk;
  switch (top.kind) {
    case 'quote': {
      const header = walk.header();
      if (header !== undefined) return { kind: 'label', block: header, quoted: true };
      // A template beside the text makes it a text nobody can complete.
      const begins = done.findLast((token) => token.kind === 'quote-open');
      const isPlain = begins !== undefined && done.slice(done.indexOf(begins) + 1).every(({ kind }) => kind === 'text');
      return isPlain ? { kind: 'text' } : { kind: 'nowhere' };
    }
    case 'heredoc':
      return { kind: 'nowhere' };
    case 'block': {
      const { statement } = top;
      if (statement.kind === 'none') return { kind: 'item' };
      if (statement.kind === 'header') return { kind: 'label', block: statement, quoted: false };
      return expressionPlace(done, before);
    }
    case 'object':
      return top.isValue ? expressionPlace(done, before) : { kind: 'key' };
    default:
      return expressionPlace(done, before);
  }
}

const closedAt = (text: string, { from, to }: SyntaxToken, offset: number): boolean =>
  to - from >= 4 && text.endsWith('*/', to) && to <= offset;

/** The names that stand before the cursor with dots between them. A value that is complete allows nothing but an operator. */
function expressionPlace(done: readonly SyntaxToken[], text: string): CursorPlace {
  const path: string[] = [];
  let at = done.length - 1;
  while (done[at]?.kind === '.' && done[at - 1]?.kind === 'identifier') {
    const name = done[at - 1];
    path.unshift(name === undefined ? '' : text.slice(name.from, name.to));
    at -= 2;
  }
  if (path.length > 0) return { kind: 'expression', path };
  const before = done[at]?.kind;
  const complete =
    before === 'number' || before === '.' || before === 'quote-close' || before === ')' || before === ']';
  return complete ? { kind: 'nowhere' } : { kind: 'expression', path };
}

function endOfWord(text: string, offset: number): number {
  const word = /[\p{ID_Continue}-]*/uy;
  word.lastIndex = offset;
  return offset + (word.exec(text)?.[0].length ?? 0);
}

/** The closing quote on the same line, or where the cursor is when there is none. */
function endOfText(text: string, offset: number): number {
  for (let at = offset; at < text.length && text[at] !== '\n'; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
  return offset;
}

class FrameWalk {
  readonly #text: string;
  readonly #frames: Frame[] = [{ kind: 'block', block: undefined, statement: NONE }];

  constructor(text: string) {
    this.#text = text;
  }

  get top(): Frame {
    return this.#frames.at(-1) ?? { kind: 'heredoc' };
  }

  /** The header that the quote on top stands in, if it is one's label. */
  header(): OpenBlock | undefined {
    const below = this.#frames.at(-2);
    return below?.kind === 'block' && below.statement.kind === 'header' ? below.statement : undefined;
  }

  surroundings(): Pick<Cursor, 'blocks' | 'attribute' | 'keys' | 'calls' | 'bound'> {
    const blocks: OpenBlock[] = [];
    const keys: string[] = [];
    const calls: OpenCall[] = [];
    const bound: string[] = [];
    let attribute: string | undefined;
    for (const frame of this.#frames) {
      if (frame.kind === 'block') {
        if (frame.block !== undefined) blocks.push(frame.block);
        attribute = frame.statement.kind === 'value' ? frame.statement.attribute : undefined;
      } else if (frame.kind === 'object' && frame.isValue) keys.push(frame.key ?? '');
      else if (frame.kind === 'parentheses' && frame.callee !== undefined) {
        calls.unshift({ name: frame.callee, argument: frame.argument });
      }
      if ('bound' in frame) bound.push(...frame.bound);
    }
    return { blocks, attribute, keys, calls, bound };
  }

  take(token: SyntaxToken, previous: SyntaxToken | undefined): void {
    switch (token.kind) {
      case '{':
        this.#open();
        return;
      case '[':
        this.#frames.push({ kind: 'tuple', bound: [] });
        return;
      case '(':
        this.#frames.push({ kind: 'parentheses', callee: this.#callee(token, previous), argument: 0 });
        return;
      case ')':
        this.#close('parentheses');
        return;
      case ']':
        this.#close('tuple');
        return;
      case '}':
        this.#closeBrace();
        return;
      case 'template-close':
        if (this.#frames.some(({ kind }) => kind === 'template')) this.#close('template');
        else this.#closeBrace();
        return;
      case 'quote-open':
        this.#frames.push({ kind: 'quote', from: token.to });
        return;
      case 'quote-close':
        this.#endQuote(token);
        return;
      case 'heredoc-open':
        this.#frames.push({ kind: 'heredoc' });
        return;
      case 'heredoc-close':
        this.#close('heredoc');
        return;
      case 'template-open':
        this.#frames.push({ kind: 'template', bound: [] });
        return;
      case 'newline':
        this.#endLine(token);
        return;
      default:
        this.#takeWord(token, previous);
    }
  }

  #takeWord(token: SyntaxToken, previous: SyntaxToken | undefined): void {
    const { top } = this;
    const text = this.#text.slice(token.from, token.to);
    if (top.kind === 'block') {
      if (token.kind === 'identifier') this.#takeName(top, text);
      else if (token.kind === '=' && top.statement.kind === 'header') {
        top.statement = { kind: 'value', attribute: top.statement.type };
      }
      return;
    }
    if (top.kind === 'object') this.#takeInObject(top, token, text);
    if (top.kind === 'parentheses' && token.kind === ',') top.argument += 1;
    if ('bound' in top) this.#takeBound(top, token, text, previous);
  }

  #takeName(top: Frame & { kind: 'block' }, text: string): void {
    if (top.statement.kind === 'none') top.statement = { kind: 'header', type: text, labels: [] };
    else if (top.statement.kind === 'header') top.statement.labels.push(text);
  }

  #takeInObject(top: Frame & { kind: 'object' }, token: SyntaxToken, text: string): void {
    if (token.kind === ',') {
      top.isValue = false;
      top.key = undefined;
    } else if (top.isValue) return;
    else if (token.kind === '=' || token.kind === ':') top.isValue = true;
    else if (token.kind === 'identifier') top.key = text;
  }

  /** `for key, value in`: the names before the `in`. */
  #takeBound(
    top: Frame & { bound: string[] },
    token: SyntaxToken,
    text: string,
    previous: SyntaxToken | undefined,
  ): void {
    if (token.kind !== 'identifier' || previous === undefined) return;
    const word = this.#text.slice(previous.from, previous.to);
    if (word === 'for' || (previous.kind === ',' && top.bound.length === 1)) top.bound.push(text);
    // An object whose first word is `for` has no keys, only expressions.
    if (word === 'for' && top.kind === 'object') {
      top.isValue = true;
      top.key = undefined;
    }
  }

  #open(): void {
    const { top } = this;
    if (top.kind === 'block' && top.statement.kind !== 'value') {
      const block = top.statement.kind === 'header' ? top.statement : { type: '', labels: [] };
      this.#frames.push({ kind: 'block', block: { type: block.type, labels: block.labels }, statement: NONE });
    } else this.#frames.push({ kind: 'object', key: undefined, isValue: false, bound: [] });
  }

  #callee(token: SyntaxToken, previous: SyntaxToken | undefined): string | undefined {
    return previous?.kind === 'identifier' && previous.to === token.from
      ? this.#text.slice(previous.from, previous.to)
      : undefined;
  }

  #close(kind: Frame['kind']): void {
    const at = this.#frames.findLastIndex((frame) => frame.kind === kind);
    // One that closes nothing, or something outside the block, is a slip that changes nothing.
    if (at > this.#frames.findLastIndex((frame) => frame.kind === 'block')) this.#frames.length = at;
  }

  #closeBrace(): void {
    const at = this.#frames.findLastIndex((frame) => frame.kind === 'object' || frame.kind === 'block');
    if (at > 0) this.#frames.length = at;
    const { top } = this;
    if (top.kind === 'block' && top.statement.kind === 'header') top.statement = NONE;
  }

  #endQuote(token: SyntaxToken): void {
    const quote = this.#frames.findLast((frame) => frame.kind === 'quote');
    this.#close('quote');
    const { top } = this;
    if (quote?.kind !== 'quote') return;
    const text = this.#text.slice(quote.from, token.from);
    if (top.kind === 'block' && top.statement.kind === 'header') top.statement.labels.push(text);
    if (top.kind === 'object' && !top.isValue) top.key = text;
  }

  #endLine(token: SyntaxToken): void {
    if (this.top.kind === 'quote') this.#close('quote');
    const next = token.to + indentationAt(this.#text, token.to);
    if (this.top.kind !== 'block' && this.#beginsItem(next)) {
      this.#frames.length = this.#frames.findLastIndex((frame) => frame.kind === 'block') + 1;
    }
    const { top } = this;
    if (top.kind === 'block') top.statement = NONE;
    else if (top.kind === 'object' && top.bound.length === 0) {
      top.isValue = false;
      top.key = undefined;
    }
  }

  /** Whether what begins at `next` can only be an item of a body, or the end of a block, not something in the bracket on top. */
  #beginsItem(next: number): boolean {
    const { top } = this;
    const line = this.#text.slice(next, next + 200);
    if (top.kind === 'heredoc') return false;
    if (top.kind === 'object') return looksLikeItem(this.#text, next) && /^[\w-]+[ \t]+"/.test(line);
    // The } of a template is followed by the rest of its text.
    return looksLikeItem(this.#text, next) || (top.kind === 'template' && /^\}[ \t]*(?:\r?\n|$)/.test(line));
  }
}
