/** What stands in `if` of a rule, as HCL. */
import { quoted } from '../hcl-text.ts';
import { predefined, sourceOf, type ValuePlace } from './values.ts';

/** A bool that is known now, or HCL; or why it is neither. */
export type Truth = boolean | { readonly hcl: string } | { readonly why: string };

type Value =
  | { readonly kind: 'null' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'hcl'; readonly source: string }
  | { readonly kind: 'regex'; readonly pattern: string }
  | { readonly kind: 'none'; readonly why: string };

const TOKEN =
  /\s*(?:(\$\{?[A-Za-z_]\w*\}?)|("(?:[^"\\]|\\.)*"|'[^']*')|(\/(?:[^/\\]|\\.)*\/[a-z]*)|(==|!=|=~|!~|&&|\|\||[()!])|(null)\b)/y;

export function convertIf(text: string, place: ValuePlace): Truth {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    if (match === null || tokens.length > 300) return { why: 'it is no condition that pikoci import can read' };
    tokens.push(match[0].trim());
  }
  const reader = new Reader(tokens, place);
  const truth = reader.either();
  return reader.isAtEnd() ? truth : { why: 'it is no condition that pikoci import can read' };
}

export function both(a: Truth, b: Truth): Truth {
  if (a === false || b === false) return false;
  if (a === true) return b;
  if (b === true) return a;
  if ('why' in a) return a;
  if ('why' in b) return b;
  return { hcl: `${bracketed(a.hcl)} && ${bracketed(b.hcl)}` };
}

export function either(a: Truth, b: Truth): Truth {
  if (a === true || b === true) return true;
  if (a === false) return b;
  if (b === false) return a;
  if ('why' in a) return a;
  if ('why' in b) return b;
  return { hcl: `${bracketed(a.hcl)} || ${bracketed(b.hcl)}` };
}

export function not(a: Truth): Truth {
  if (typeof a === 'boolean') return !a;
  return 'why' in a ? a : { hcl: `!(${a.hcl})` };
}

const bracketed = (hcl: string): string => (/ (&&|\|\|) /.test(hcl) ? `(${hcl})` : hcl);

/** `/^v\d/i` on a value. */
export function matches(value: string, pattern: string): string {
  return `can(regex(${quoted(pattern)}, ${value}))`;
}

export function patternOf(regex: string): string {
  const [, body = '', flags = ''] = /^\/([\s\S]*)\/([a-z]*)$/.exec(regex) ?? [];
  return `${flags.includes('i') ? '(?i)' : ''}${body.replaceAll('\\/', '/')}`;
}

class Reader {
  readonly #tokens: readonly string[];
  readonly #place: ValuePlace;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly string[], place: ValuePlace) {
    this.#tokens = tokens;
    this.#place = place;
  }

  isAtEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  either(): Truth {
    let left = this.#both();
    while (this.#take('||')) left = either(left, this.#both());
    return left;
  }

  #both(): Truth {
    let left = this.#one();
    while (this.#take('&&')) left = both(left, this.#one());
    return left;
  }

  #one(): Truth {
    if (this.#take('!')) return not(this.#one());
    if (this.#take('(')) {
      this.#depth += 1;
      if (this.#depth > 50) return { why: 'it is nested too deeply' };
      const inner = this.either();
      return this.#take(')') ? inner : { why: 'it is no condition that pikoci import can read' };
    }
    const left = this.#value();
    for (const operator of ['==', '!=', '=~', '!~'] as const) {
      if (!this.#take(operator)) continue;
      const right = this.#value();
      const truth = operator === '==' || operator === '!=' ? same(left, right) : fits(left, right);
      return operator.startsWith('!') ? not(truth) : truth;
    }
    if (left.kind === 'none') return { why: left.why };
    if (left.kind === 'text') return left.text !== '';
    // What GitLab sets is not empty.
    return left.kind === 'hcl';
  }

  #value(): Value {
    const token = this.#tokens[this.#at] ?? '';
    this.#at += 1;
    if (token.startsWith('$')) return valueNamed(token.replace(/^\$\{?|\}$/g, ''), this.#place);
    if (token.startsWith('/')) return { kind: 'regex', pattern: patternOf(token) };
    if (/^["']/.test(token)) return { kind: 'text', text: token.slice(1, -1) };
    return token === 'null'
      ? { kind: 'null' }
      : { kind: 'none', why: 'it is no condition that pikoci import can read' };
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }
}

function valueNamed(name: string, place: ValuePlace): Value {
  if (name === 'CI_COMMIT_TAG' && !place.onTags) return { kind: 'null' };
  if (name === 'CI_COMMIT_BRANCH' && place.onTags) return { kind: 'null' };
  if (/^CI_(MERGE_REQUEST|OPEN_MERGE_REQUESTS|EXTERNAL_PULL_REQUEST)/.test(name)) return { kind: 'null' };
  const own = place.table.get(name);
  if (own !== undefined)
    return own.includes('$')
      ? { kind: 'none', why: `$${name} is made of other variables` }
      : { kind: 'text', text: own };
  const known = predefined(name, place);
  if (known === undefined) return { kind: 'none', why: `$${name} is not known here` };
  return typeof known.hcl === 'string'
    ? { kind: 'text', text: known.hcl }
    : { kind: 'hcl', source: sourceOf(known.hcl) };
}

function same(left: Value, right: Value): Truth {
  for (const value of [left, right]) if (value.kind === 'none') return { why: value.why };
  if (left.kind === 'null' || right.kind === 'null') {
    if (left.kind === right.kind) return true;
    // What is there is not null.
    return false;
  }
  if (left.kind === 'text' && right.kind === 'text') return left.text === right.text;
  return { hcl: `${hclOf(left)} == ${hclOf(right)}` };
}

function fits(left: Value, right: Value): Truth {
  if (left.kind === 'none') return { why: left.why };
  if (left.kind === 'null') return false;
  if (right.kind !== 'regex') return { why: 'what it is held against is no regular expression in the file' };
  return { hcl: matches(hclOf(left), right.pattern) };
}

const hclOf = (value: Value): string =>
  value.kind === 'hcl' ? value.source : quoted(value.kind === 'text' ? value.text : '');
