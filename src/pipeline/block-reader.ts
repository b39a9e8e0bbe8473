import { type Diagnostic, errorDiagnostic } from '../hcl/diagnostic.ts';
import type { Range } from '../hcl/position.ts';
import type { Attribute, Block, Body, BodyItem } from '../hcl/syntax.ts';
import { nearest } from '../lib/nearest.ts';
import { notSupportedYet } from './not-supported.ts';
import { meantElsewhere, wordFromElsewhere } from './words-from-elsewhere.ts';

/** Where the loader puts what it finds wrong. */
export type Report = (diagnostic: Diagnostic) => void;

/**
 * Reads the attributes and blocks of one body by name, and at the end (`finish`) reports what nobody asked for, with the nearest of the names
 * that somebody did ask for.
 */
export class BlockReader {
  readonly body: Body;
  /** Whose body it is, for messages: `job "test"`. */
  readonly owner: string;
  readonly #report: Report;
  readonly #attributes = new Set<string>();
  readonly #blocks = new Set<string>();
  readonly #unsupported = new Set<string>();
  readonly #isStray: (type: string) => boolean;
  /** What the misspelt were meant to be, as far as `finish` can tell. */
  readonly #meant = new Map<BodyItem, string>();

  /** `isStray`: blocks of that type may stand anywhere, because something before them was not closed; that was reported. */
  constructor(body: Body, owner: string, report: Report, isStray: (type: string) => boolean = () => false) {
    this.body = body;
    this.owner = owner;
    this.#report = report;
    this.#isStray = isStray;
  }

  /** The attribute of that name, if it is there. Set twice is reported by the parser already. */
  attribute(name: string): Attribute | undefined {
    this.#attributes.add(name);
    for (const item of this.body.items) if (item.kind === 'attribute' && item.name === name) return item;
    return undefined;
  }

  blocks(type: string): Block[] {
    this.#blocks.add(type);
    return this.body.items.filter((item): item is Block => item.kind === 'block' && item.type === type);
  }

  /** The only block of that type; a second one is reported. */
  block(type: string): Block | undefined {
    const [first, ...others] = this.blocks(type);
    for (const other of others) {
      this.#report(
        errorDiagnostic(
          'repeated-block',
          `Second "${type}" block`,
          `${this.owner} has a "${type}" block on line ${first?.range.start.line} already; there can be only one.`,
          { subject: other.headerRange },
        ),
      );
    }
    return first;
  }

  /**
   * Knows these blocks, in the order of the file, each with its type. `wordOf` says what a type is or was probably meant to be: a misspelt
   * block is read too, so that what refers to it is not wrong as well.
   */
  blocksOf<T extends string>(
    types: readonly T[],
    wordOf: (name: string) => string | undefined,
  ): { readonly type: T; readonly block: Block }[] {
    for (const type of types) this.#blocks.add(type);
    return this.body.items.flatMap((block) => {
      const word = block.kind === 'block' ? wordOf(block.type) : undefined;
      const type = types.find((one) => one === word);
      return block.kind !== 'block' || type === undefined ? [] : [{ type, block }];
    });
  }

  /** After `finish`: the blocks of that type, and those that were meant to be and are misspelt, in the order of the file. */
  blocksMeant(type: string): Block[] {
    return this.body.items.filter(
      (item): item is Block => item.kind === 'block' && (item.type === type || this.#meant.get(item) === type),
    );
  }

  /** After `finish`: whether something misspelt was probably meant to be this. Then it is not missing as well. */
  isMeant(name: string): boolean {
    return [...this.#meant.values()].includes(name);
  }

  /** All attributes nobody asked for yet (of these names): the free parameters of a body. None of them is unknown then. */
  otherAttributes(names?: readonly string[]): Attribute[] {
    const others = this.body.items.filter(
      (item): item is Attribute =>
        item.kind === 'attribute' && !this.#attributes.has(item.name) && names?.includes(item.name) !== false,
    );
    for (const item of others) this.#attributes.add(item.name);
    return others;
  }

  /** These attributes and blocks are in the language, but this version cannot do them: using one says so. */
  unsupported(names: readonly string[]): void {
    for (const name of names) this.#unsupported.add(name);
  }

  finish(): void {
    for (const item of this.body.items) {
      const name = item.kind === 'attribute' ? item.name : item.type;
      const range = item.kind === 'attribute' ? item.nameRange : item.typeRange;
      if (this.#unsupported.has(name)) this.#report(notSupportedYet(name, range));
      else if (item.kind === 'attribute' && !this.#attributes.has(name)) this.#unknownAttribute(item, name, range);
      else if (item.kind === 'block' && !this.#blocks.has(name)) this.#unknownBlock(item, name, range);
    }
  }

  #unknownAttribute(item: BodyItem, name: string, subject: Range): void {
    if (this.#blocks.has(name)) {
      this.#meant.set(item, name);
      const detail = `"${name}" is a block of ${this.owner.replace(/^A /, 'a ')}: write ${name} { … } without the equals sign.`;
      const context = item.range;
      this.#report(errorDiagnostic('attribute-for-block', `"${name}" is a block`, detail, { subject, context }));
      return;
    }
    const suggestion = nearest(name, this.#attributes) ?? nearest(name, this.#blocks);
    const meant = suggestion ?? meantElsewhere(this.owner, name);
    if (meant !== undefined) this.#meant.set(item, meant);
    const rest = suggestion === undefined ? this.#advice(name, this.#attributes) : '';
    const detail = `${this.owner} has no attribute "${name}".${rest}`;
    this.#report(errorDiagnostic('unknown-attribute', 'Unknown attribute', detail, { subject, suggestion }));
  }

  #unknownBlock(item: BodyItem, name: string, subject: Range): void {
    if (this.#isStray(name)) return;
    if (this.#attributes.has(name)) {
      this.#meant.set(item, name);
      const detail = `"${name}" is an attribute of ${this.owner.replace(/^A /, 'a ')}: write ${name} = … .`;
      this.#report(errorDiagnostic('block-for-attribute', `"${name}" is an attribute`, detail, { subject }));
      return;
    }
    const suggestion = nearest(name, this.#blocks) ?? nearest(name, this.#attributes);
    const meant = suggestion ?? meantElsewhere(this.owner, name);
    if (meant !== undefined) this.#meant.set(item, meant);
    const rest = suggestion === undefined ? this.#advice(name, this.#blocks) : '';
    const detail = `${this.owner} has no block "${name}".${rest}`;
    this.#report(errorDiagnostic('unknown-block', 'Unknown block', detail, { subject, suggestion }));
  }

  /** What to do instead, for a word of another system; else what there is. */
  #advice(name: string, names: ReadonlySet<string>): string {
    const instead = wordFromElsewhere(this.owner, name);
    if (instead !== undefined) return ` ${instead}`;
    return names.size === 0 ? ' It takes none.' : ` It takes: ${[...names].join(', ')}.`;
  }
}

/** The labels of a block when it has as many as `names` says (`resource "type" "name"`); otherwise that is reported. */
export function readLabels(block: Block, names: readonly string[], report: Report): readonly string[] | undefined {
  const { labels } = block;
  if (labels.length === names.length && labels.every((label) => label.value !== '')) {
    return labels.map((label) => label.value);
  }
  const form = [block.type, ...names.map((name) => `"${name}"`)].join(' ');
  const [dotted] = labels;
  const parts = dotted?.value.split('.', 2) ?? [];
  const hint =
    names.length === 2 && labels.length === 1 && parts.length === 2
      ? ` Here: ${block.type} "${parts[0]}" "${parts[1]}".`
      : '';
  const count = names.length === 0 ? 'no label' : names.length === 1 ? 'one label' : `${names.length} labels`;
  report(
    errorDiagnostic('wrong-labels', 'Wrong labels', `A "${block.type}" block has ${count}: ${form} { … }.${hint}`, {
      subject: block.headerRange,
    }),
  );
  return undefined;
}
