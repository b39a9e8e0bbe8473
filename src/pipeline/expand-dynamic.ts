/**
 * `dynamic "label" { for_each = … content { … } }`: as many blocks of that type as `for_each` has elements, in its place (HCL's dynblock).
 *
 * 1. The elements of `for_each` are found; their number must be known, what they hold may wait for the run.
 * 2. For each, the content is copied, and so are its expressions: the copies see the iterator. Ranges stay those of the text.
 * 3. Dynamic blocks inside the content are expanded in turn, and see the iterators around them.
 */
import type { Attribute, Block, Body, BodyItem, Expression, Label } from '../hcl/syntax.ts';
import { isSensitiveWithin, isWhollyKnown, numberValue, objectValue, stringValue, type Value } from '../hcl/value.ts';
import type { BlockReader } from './block-reader.ts';
import { literalText } from './expression-text.ts';
import { type BlockIterator, namesAt, namesWithIterators, withIterators } from './iterators.ts';
import type { Loading } from './loading.ts';
import type { Names } from './names.ts';
import type { Renamed } from './renamed.ts';

const MOST_BLOCKS = 1_000;
const NOT_ITERATORS: ReadonlySet<string> = new Set(['var', 'local', 'each', 'build', 'module', 'input']);

/** The body with its dynamic blocks replaced, at any depth; `only`: of that type alone, and not those inside other blocks. */
export function expandDynamic(body: Body, names: Names, loading: Loading, only?: string): Body {
  return hasDynamic(body) ? expandBody(body, { names, loading, only }, []) : body;
}

/** The same for the body of a block. */
export function expandBlock(block: Block, names: Names, loading: Loading, only?: string): Block {
  const body = expandDynamic(block.body, names, loading, only);
  return body === block.body ? block : { ...block, body };
}

interface Expanding {
  readonly names: Names;
  readonly loading: Loading;
  readonly only: string | undefined;
}

function hasDynamic(body: Body): boolean {
  return body.items.some((item) => item.kind === 'block' && (item.type === 'dynamic' || hasDynamic(item.body)));
}

function expandBody(body: Body, at: Expanding, iterators: readonly BlockIterator[]): Body {
  if (iterators.length === 0 && !hasDynamic(body)) return body;
  return { ...body, items: body.items.flatMap((item) => expandItem(item, at, iterators)) };
}

function expandItem(item: BodyItem, at: Expanding, iterators: readonly BlockIterator[]): readonly BodyItem[] {
  if (item.kind === 'attribute') return [{ ...item, expression: withIterators(item.expression, iterators) }];
  if (at.only !== undefined && item.labels[0]?.value !== at.only) return [item];
  if (item.type === 'dynamic') return expandOne(item, at, iterators);
  return at.only === undefined ? [{ ...item, body: expandBody(item.body, at, iterators) }] : [item];
}

function expandOne(block: Block, at: Expanding, iterators: readonly BlockIterator[]): readonly Block[] {
  const { loading } = at;
  const [type] = loading.labels(block, 'type') ?? [];
  if (type === undefined) return [];
  const reader = loading.reader(block.body, `dynamic "${type}"`);
  const forEach = reader.attribute('for_each');
  const labels = reader.attribute('labels');
  const name = iteratorName(type, reader, loading);
  const content = reader.block('content');
  reader.finish();
  for (const [part, found] of [['for_each', forEach] as const, ['content', content] as const]) {
    if (found !== undefined) continue;
    const detail = `A dynamic block is made of for_each and content: dynamic "${type}" { for_each = … content { … } }. This one has no "${part}".`;
    loading.error(part === 'content' ? 'missing-block' : 'missing-attribute', 'Incomplete dynamic block', detail, {
      subject: block.headerRange,
    });
  }
  if (content === undefined || forEach === undefined || loading.labels(content) === undefined) return [];
  const names = namesWithIterators(iterators, at.names);
  const elements = elementsOf(forEach, names, loading) ?? [];
  if (elements.length > MOST_BLOCKS) {
    const detail = `This makes ${elements.length} blocks; at most ${MOST_BLOCKS} are made of one.`;
    loading.error('too-many-blocks', 'Too many blocks', detail, { subject: forEach.expression.range });
    return [];
  }
  const made: Block[] = [];
  for (const element of elements) {
    const seen = [...iterators, { name, ...iteratorValue(element) }];
    const own = readLabels(labels, seen, at);
    if (own === undefined) return made;
    made.push({
      ...content,
      type,
      typeRange: block.labels[0]?.range ?? block.typeRange,
      labels: own,
      headerRange: block.headerRange,
      body: expandBody(content.body, at, seen),
    });
  }
  return made;
}

/** `iterator = step`: a bare name, as in Terraform; without it the type of the block. */
function iteratorName(type: string, reader: BlockReader, loading: Loading): string {
  const attribute = reader.attribute('iterator');
  if (attribute === undefined) return type;
  const { expression } = attribute;
  const name =
    expression.kind === 'traversal' && expression.traversal.steps.length === 0 ? expression.traversal.root : undefined;
  if (name !== undefined && !NOT_ITERATORS.has(name)) return name;
  const detail =
    name === undefined
      ? '"iterator" is a name without quotes: iterator = item. The content then has item.key and item.value.'
      : `"${name}" has a meaning of its own here; take another name for the iterator.`;
  loading.error('bad-iterator', 'Not a name for an iterator', detail, { subject: expression.range });
  return type;
}

interface Element {
  readonly key: Value;
  readonly value: Value;
  /** The element as an expression of the worker's. */
  readonly renamed: Renamed;
}

function iteratorValue({ key, value, renamed }: Element): Pick<BlockIterator, 'value' | 'renamed'> {
  const entries = new Map<string, Renamed>([
    ['key', { kind: 'text', text: `(${literalText(key)})`, needs: [], sensitive: false }],
    ['value', renamed],
  ]);
  return {
    value: objectValue([
      ['key', key],
      ['value', value],
    ]),
    renamed: { kind: 'names', entries },
  };
}

function elementsOf(attribute: Attribute, outer: Names, loading: Loading): Element[] | undefined {
  const { expression } = attribute;
  const names = namesAt(expression, outer);
  const value = loading.expressions.evaluate(expression, names);
  if (value === undefined) return undefined;
  if (value.sensitive || (value.kind === 'set' && isSensitiveWithin(value))) {
    const detail =
      'How many blocks there are is stored and shown, so "for_each" must not be made from a secret or sensitive value; its elements may hold some.';
    loading.error('sensitive-not-allowed', 'Secret value', detail, { subject: expression.range });
    return undefined;
  }
  if (value.kind === 'unknown' || (value.kind === 'set' && !isWhollyKnown(value))) {
    return loading.expressions.notKnownYet(expression, '"for_each"', names);
  }
  if (value.kind === 'map' || value.kind === 'object') {
    return [...value.entries].map(([key, item]) => element(stringValue(key), item, expression, names, loading));
  }
  if (value.kind === 'list' || value.kind === 'tuple') {
    return value.elements.map((item, at) => element(numberValue(at), item, expression, names, loading));
  }
  if (value.kind === 'set') return value.elements.map((item) => element(item, item, expression, names, loading));
  const detail = `"for_each" of a dynamic block goes through a list, a set or a map: ["a", "b"] or { a = 1, b = 2 }.`;
  loading.error('wrong-type', 'Wrong type', detail, { subject: expression.range });
  return undefined;
}

function element(key: Value, value: Value, forEach: Expression, names: Names, loading: Loading): Element {
  if (isWhollyKnown(value) && !isSensitiveWithin(value)) {
    return { key, value, renamed: { kind: 'text', text: `(${literalText(value)})`, needs: [], sensitive: false } };
  }
  const plan = loading.expressions.deferredPart(forEach, `[${literalText(key)}]`, value, names);
  return {
    key,
    value,
    renamed: { kind: 'text', text: `(${plan.expression})`, needs: plan.needs, sensitive: plan.sensitive },
  };
}

/** The labels that the blocks get: `labels = [item.key]`. */
function readLabels(
  attribute: Attribute | undefined,
  iterators: readonly BlockIterator[],
  { names, loading }: Expanding,
): readonly Label[] | undefined {
  if (attribute === undefined) return [];
  const expression = withIterators(attribute.expression, iterators);
  const texts = loading.expressions.texts({ ...attribute, expression }, names);
  const ranges = expression.kind === 'tuple' ? expression.elements.map(({ range }) => range) : [];
  return texts?.map((value, index) => ({ value, quoted: true, range: ranges[index] ?? expression.range }));
}
