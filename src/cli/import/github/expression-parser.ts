/** The expressions of GitHub Actions: what stands in `${{ … }}`, and in `if`. */

export type Node =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  /** `github.event.inputs.x`: names and, in brackets, texts. */
  | { readonly kind: 'path'; readonly names: readonly string[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[] }
  | { readonly kind: 'not'; readonly of: Node }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Node; readonly right: Node };

const TOKEN =
  /\s*(?:('(?:[^']|'')*')|(0x[\da-f]+|-?\d+(?:\.\d+)?)|([A-Za-z_][\w-]*)|(&&|\|\||==|!=|<=|>=|[!<>().,[\]*]))/iy;

const LEVELS: readonly (readonly string[])[] = [['||'], ['&&'], ['==', '!=', '<', '<=', '>', '>=']];

/** `undefined`: it is none. */
export function parseExpression(text: string): Node | undefined {
  const tokens = tokensOf(text);
  if (tokens === undefined) return undefined;
  const reader = new Reader(tokens);
  const node = reader.level(0);
  return reader.isAtEnd() ? node : undefined;
}

function tokensOf(text: string): string[] | undefined {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    if (match === null || tokens.length > 500) return undefined;
    tokens.push(match[0].trim());
  }
  return tokens;
}

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  isAtEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  level(depth: number): Node | undefined {
    const operators = LEVELS[depth];
    if (operators === undefined) return this.#unary();
    let left = this.level(depth + 1);
    for (let operator = this.#takeOne(operators); operator !== undefined; operator = this.#takeOne(operators)) {
      const right = this.level(depth + 1);
      if (left === undefined || right === undefined) return undefined;
      left = { kind: 'binary', operator, left, right };
    }
    return left;
  }

  #unary(): Node | undefined {
    if (this.#takeOne(['!']) === undefined) return this.#primary();
    const of = this.#unary();
    return of && { kind: 'not', of };
  }

  #primary(): Node | undefined {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    if (token === undefined) return undefined;
    if (token === '(') {
      this.#depth += 1;
      if (this.#depth > 50) return undefined;
      const inner = this.level(0);
      return this.#takeOne([')']) === undefined ? undefined : inner;
    }
    if (token.startsWith("'")) return { kind: 'literal', value: token.slice(1, -1).replaceAll("''", "'") };
    if (/^[-\d]/.test(token)) return { kind: 'literal', value: Number(token) };
    if (token === 'true' || token === 'false') return { kind: 'literal', value: token === 'true' };
    if (token === 'null') return { kind: 'literal', value: null };
    if (!/^[A-Za-z_]/.test(token)) return undefined;
    return this.#takeOne(['(']) === undefined ? this.#path(token) : this.#call(token);
  }

  #call(name: string): Node | undefined {
    const args: Node[] = [];
    if (this.#takeOne([')']) !== undefined) return { kind: 'call', name: name.toLowerCase(), args };
    do {
      const arg = this.level(0);
      if (arg === undefined) return undefined;
      args.push(arg);
    } while (this.#takeOne([',']) !== undefined);
    return this.#takeOne([')']) === undefined ? undefined : { kind: 'call', name: name.toLowerCase(), args };
  }

  #path(first: string): Node | undefined {
    const names = [first];
    for (;;) {
      if (this.#takeOne(['.']) !== undefined) {
        const name = this.#tokens[this.#at];
        this.#at += 1;
        if (name === undefined || !/^[\w*-]+$/.test(name)) return undefined;
        names.push(name);
      } else if (this.#takeOne(['[']) !== undefined) {
        const name = this.#tokens[this.#at];
        this.#at += 1;
        if (name === undefined || !/^('|\d)/.test(name) || this.#takeOne([']']) === undefined) return undefined;
        names.push(name.replaceAll("'", ''));
      } else return { kind: 'path', names };
    }
  }

  #takeOne(wanted: readonly string[]): string | undefined {
    const token = this.#tokens[this.#at];
    if (token === undefined || !wanted.includes(token)) return undefined;
    this.#at += 1;
    return token;
  }
}
