/** A pipeline that is being written: blocks, attributes, comments. */
import { type HclValue, quoted, valueText } from './hcl-text.ts';

type Item =
  | { readonly kind: 'attribute'; readonly name: string; readonly value: HclValue }
  | { readonly kind: 'block'; readonly block: Block }
  | { readonly kind: 'comment'; readonly text: string };

/** Blocks that stand on a line of their own where they are so short. */
const SHORT: ReadonlySet<string> = new Set(['get', 'put', 'run', 'service', 'retain', 'reports', 'approve', 'secret']);
/** Blocks that belong to what stands before them. */
const CLOSE: ReadonlySet<string> = new Set(['run', 'params', 'secret', 'env', 'content']);
/** Attributes in whose text one more line feed at the end does no harm. */
const SCRIPTS: ReadonlySet<string> = new Set(['cmd']);
const WIDEST = 100;

export class Block {
  readonly #items: Item[] = [];

  readonly type: string;
  readonly labels: readonly string[];

  constructor(type: string, labels: readonly string[] = []) {
    this.type = type;
    this.labels = labels;
  }

  /** Nothing is set of what is `undefined`, and of what an empty list or map would say. */
  set(name: string, value: HclValue | undefined): this {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return this;
    if (value instanceof Map && value.size === 0) return this;
    this.#items.push({ kind: 'attribute', name, value });
    return this;
  }

  add(...blocks: readonly Block[]): this {
    for (const block of blocks) this.#items.push({ kind: 'block', block });
    return this;
  }

  /** A new block in this one. */
  block(type: string, ...labels: readonly string[]): Block {
    const block = new Block(type, labels);
    this.add(block);
    return block;
  }

  comment(text: string): this {
    this.#items.push({ kind: 'comment', text: oneLine(text) });
    return this;
  }

  /** Of the blocks in it, also those in blocks in it. */
  *blocks(): Generator<Block> {
    for (const item of this.#items) {
      if (item.kind !== 'block') continue;
      yield item.block;
      yield* item.block.blocks();
    }
  }

  has(...types: readonly string[]): boolean {
    return this.#items.some((item) => item.kind === 'block' && types.includes(item.block.type));
  }

  valueOf(name: string): HclValue | undefined {
    const found = this.#items.find((item) => item.kind === 'attribute' && item.name === name);
    return found?.kind === 'attribute' ? found.value : undefined;
  }

  isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** Everything of another one, behind what is here. */
  take(other: Block): this {
    this.#items.push(...other.#items);
    return this;
  }

  /** A block without a type is only what is in it: remarks between blocks. */
  write(indent = ''): string {
    if (this.type === '') return this.writeItems(indent);
    const header = `${indent}${[this.type, ...this.labels.map(quoted)].join(' ')} {`;
    if (this.isEmpty()) return `${header}}`;
    const [only, ...more] = this.#items;
    if (only?.kind === 'attribute' && more.length === 0 && SHORT.has(this.type)) {
      const line = `${header} ${only.name} = ${valueText(only.value, indent)} }`;
      if (line.length <= WIDEST && !/\n|\\n/.test(line)) return line;
    }
    return `${header}\n${this.writeItems(`${indent}  `)}\n${indent}}`;
  }

  /** What is in it, without itself. */
  writeItems(indent = ''): string {
    const texts = this.#items.map((item) => writeItem(item, indent));
    return texts
      .map((text, at) => {
        const isRow = !text.includes('\n') && !texts[at - 1]?.includes('\n') && this.#isRow(at);
        return at > 0 && !isRow && this.#isApart(at) ? `\n${text}` : text;
      })
      .join('\n');
  }

  /** One of several short blocks of a kind, one under the other. */
  #isRow(at: number): boolean {
    const [before, here] = [this.#items[at - 1], this.#items[at]];
    return before?.kind === 'block' && here?.kind === 'block' && before.block.type === here.block.type;
  }

  /** Whether an empty line goes before an item. A comment belongs to what follows it. */
  #isApart(at: number): boolean {
    const [before, here] = [this.#items[at - 1], this.#items[at]];
    if (before?.kind === 'comment') return false;
    if (before?.kind === 'block' && !CLOSE.has(before.block.type)) return true;
    const next = this.#items.slice(at).find(({ kind }) => kind !== 'comment');
    return (
      (here?.kind === 'block' || here?.kind === 'comment') && next?.kind === 'block' && !CLOSE.has(next.block.type)
    );
  }
}

function writeItem(item: Item, indent: string): string {
  switch (item.kind) {
    case 'attribute':
      return `${indent}${item.name} = ${valueText(item.value, indent, SCRIPTS.has(item.name))}`;
    case 'block':
      return item.block.write(indent);
    case 'comment':
      return `${indent}# ${item.text}`;
  }
}

/** Nothing of a text that stands in a comment begins a line of its own. */
export function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .trim();
}
