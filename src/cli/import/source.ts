/**
 * A YAML file as a tree that knows its lines, and which of its places somebody read: what nobody did is what a converter does not
 * know, and is reported. A place that an alias leads to is the same object wherever it is used.
 */
export type Scalar = string | number | boolean | null;

export class Source {
  isRead = false;
  /** Named as not converted, with all that is in it. */
  isNoted = false;
  readonly items: Source[] = [];
  readonly entries = new Map<string, Source>();

  readonly kind: 'scalar' | 'list' | 'map';
  /** Where it stands; a part of a pipeline may be in another file than the rest. */
  readonly file: string;
  readonly line: number;
  /** As a person would say where it is: `jobs.test.steps[2]`. */
  readonly path: string;
  readonly scalar: Scalar;
  /** As it is written: `1.10` is not 1.1 there. */
  readonly written: string;
  readonly tag: string | undefined;

  constructor(
    kind: 'scalar' | 'list' | 'map',
    file: string,
    line: number,
    path: string,
    scalar: Scalar = null,
    written: string = '',
    tag: string | undefined = undefined,
  ) {
    this.kind = kind;
    this.file = file;
    this.line = line;
    this.path = path;
    this.scalar = scalar;
    this.written = written;
    this.tag = tag;
  }

  /** What stands under a key of a map. Whoever asks has read the map, and not yet what stands there. */
  get(key: string): Source | undefined {
    this.isRead = true;
    return this.entries.get(key);
  }

  has(key: string): boolean {
    return this.entries.has(key);
  }

  keys(): string[] {
    return [...this.entries.keys()];
  }

  /** The elements of a list; of anything else it alone. */
  elements(): readonly Source[] {
    if (this.kind !== 'list') return [this];
    this.isRead = true;
    return this.items;
  }

  /** The text of a scalar, as it is written. Of anything else `undefined`, and it stays unread. */
  text(): string | undefined {
    if (this.kind !== 'scalar') return undefined;
    this.isRead = true;
    if (this.scalar === null) return undefined;
    return typeof this.scalar === 'string' ? this.scalar : this.written;
  }

  textOf(key: string): string | undefined {
    return this.get(key)?.text();
  }

  /** `undefined` when it is not there, or is no bool: then it stays unread. */
  flagOf(key: string): boolean | undefined {
    const found = this.get(key);
    const word = found?.kind === 'scalar' ? String(found.scalar).toLowerCase() : undefined;
    if (found === undefined || word === undefined) return undefined;
    const flag = ['true', 'yes', 'on'].includes(word)
      ? true
      : ['false', 'no', 'off'].includes(word)
        ? false
        : undefined;
    if (flag !== undefined) found.isRead = true;
    return flag;
  }

  /** A whole number that is not negative. */
  numberOf(key: string): number | undefined {
    const found = this.get(key);
    const text = found?.kind === 'scalar' ? String(found.scalar ?? '') : '';
    if (found === undefined || !/^\d{1,9}$/.test(text)) return undefined;
    found.isRead = true;
    return Number(text);
  }

  /** One text, or a list of them; lists in it are taken as written out. What is no text stays unread. */
  texts(): string[] {
    return this.elements().flatMap((item) => (item.kind === 'list' ? item.texts() : [item.text()].flatMap(present)));
  }

  textsOf(key: string): string[] {
    return this.get(key)?.texts() ?? [];
  }

  /** Everything that is in it, read. */
  plain(): unknown {
    this.isRead = true;
    if (this.kind === 'scalar') return this.scalar;
    if (this.kind === 'list') return this.items.map((item) => item.plain());
    return Object.fromEntries([...this.entries].map(([key, value]) => [key, value.plain()]));
  }

  /** It is named as not converted, and so is all that is in it. */
  markNoted(): void {
    walk(this, (node) => {
      node.isNoted = true;
      node.isRead = true;
      return true;
    });
  }

  /** The topmost places that nobody read. A map that only some of its contents were read of is looked into. */
  unread(): Source[] {
    const found: Source[] = [];
    walk(this, (node) => {
      if (node.isNoted) return false;
      if (node.isRead || node.isUsedWithin()) return true;
      found.push(node);
      return false;
    });
    return found;
  }

  /** How many settings were read, and not named as not converted. */
  countRead(): number {
    let count = 0;
    walk(this, (node) => {
      if (node.isNoted) return false;
      if (node.isRead && node.kind === 'scalar') count += 1;
      return true;
    });
    return count;
  }

  isUsedWithin(): boolean {
    let used = false;
    walk(this, (node) => {
      used ||= node.isRead || node.isNoted;
      return !used;
    });
    return used;
  }
}

const present = (text: string | undefined): string[] => (text === undefined ? [] : [text]);

/** Each place once, from the top; `visit` says whether to go deeper. */
function walk(root: Source, visit: (node: Source) => boolean): void {
  const seen = new Set<Source>();
  const waiting = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (visit(node)) waiting.push(...[...node.entries.values()].reverse(), ...[...node.items].reverse());
  }
}
