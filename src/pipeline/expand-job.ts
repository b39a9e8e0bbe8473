/** `for_each` and `matrix`: which jobs one `job` block stands for (LANGUAGE.md §4). */
import type { Attribute, Block } from '../hcl/syntax.ts';
import { DYNAMIC } from '../hcl/type.ts';
import { innerValues, objectValue, stringValue, type Value } from '../hcl/value.ts';
import { toJson } from '../hcl/value-json.ts';
import type { BlockReader } from './block-reader.ts';
import { jobWord } from './job-words.ts';
import type { Loading } from './loading.ts';
import type { Names } from './names.ts';
import { plainText } from './plain-text.ts';
import { slugOf } from './slug.ts';

/** A job, or another thing that a block with `for_each` stands for. */
export interface JobInstance {
  readonly name: string;
  readonly each?: { readonly key: Value; readonly value: Value };
}

const MOST_INSTANCES = 500;

/** The jobs a block stands for: one of its own name, or one for each key. Undefined when that cannot be said. */
export function expandJob(
  group: string,
  block: Block,
  reader: BlockReader,
  names: Names,
  loading: Loading,
): readonly JobInstance[] | undefined {
  const forEach = reader.attribute('for_each');
  const matrix = reader.block('matrix');
  if (forEach === undefined && matrix === undefined) return isMisspelt(block) ? undefined : [{ name: group }];
  if (forEach !== undefined && matrix !== undefined) {
    const detail = 'A job has "for_each" or "matrix", not both: a matrix of one more axis says the same.';
    loading.error('for-each-and-matrix', 'Both for_each and matrix', detail, { subject: forEach.nameRange });
    return undefined;
  }
  const entries =
    forEach !== undefined ? entriesOf(forEach, names, loading) : matrix && combinations(matrix, names, loading);
  if (entries === undefined) return undefined;
  if (entries.length > MOST_INSTANCES) {
    const detail = `This makes ${entries.length} jobs; at most ${MOST_INSTANCES} are made of one block.`;
    loading.error('too-many-jobs', 'Too many jobs', detail, { subject: (forEach ?? matrix ?? block).range });
    return undefined;
  }
  const at = forEach?.expression.range ?? matrix?.headerRange ?? block.headerRange;
  return namedInstances(group, 'job', entries, at, loading);
}

/** Whether something in the job was probably meant to be `for_each` or `matrix`; it is reported when the job is read. */
function isMisspelt(block: Block): boolean {
  return block.body.items.some((item) => {
    const word = jobWord(item.kind === 'block' ? item.type : item.name);
    return word === 'for_each' || word === 'matrix';
  });
}

type Entry = readonly [key: string, value: Value];

/** What `for_each` of a block other than a job stands for. Undefined when that cannot be said. */
export function forEachInstances(
  name: string,
  noun: string,
  forEach: Attribute,
  names: Names,
  loading: Loading,
): readonly JobInstance[] | undefined {
  const entries = entriesOf(forEach, names, loading);
  return entries && namedInstances(name, noun, entries, forEach.expression.range, loading);
}

function namedInstances(
  group: string,
  noun: string,
  entries: readonly Entry[],
  at: Block['range'],
  loading: Loading,
): readonly JobInstance[] {
  const instances = new Map<string, JobInstance>();
  const keys = new Map<string, string>();
  for (const [key, value] of entries) {
    const slug = slugOf(key);
    const name = `${group}--${slug}`;
    const other = keys.get(name);
    if (slug === '' || other !== undefined) {
      const detail =
        slug === ''
          ? `The key ${JSON.stringify(key)} has no letter (a to z) or digit to name the ${noun} with.`
          : `The keys ${JSON.stringify(other)} and ${JSON.stringify(key)} would both name the ${noun} "${name}".`;
      loading.error('duplicate-name', `Names of ${noun}s clash`, detail, { subject: at });
      continue;
    }
    keys.set(name, key);
    instances.set(name, { name, each: { key: stringValue(key), value } });
  }
  return [...instances.values()];
}

function entriesOf(attribute: Attribute, names: Names, loading: Loading): Entry[] | undefined {
  const given = loading.expressions.evaluate(attribute.expression, names);
  if (given?.kind === 'null' && !given.sensitive) {
    const detail = '"for_each" is null; for none at all write {}, or toset([]).';
    loading.error('wrong-type', 'Wrong type', detail, { subject: attribute.expression.range });
  }
  if (given === undefined || given.kind === 'null') return undefined;
  const value = loading.expressions.constant(attribute.expression, '"for_each"', DYNAMIC, names);
  if (value === undefined) return undefined;
  if (value.kind === 'map' || value.kind === 'object') return [...value.entries];
  if (value.kind === 'set') {
    return value.elements.flatMap((element) => {
      const key = plainText(toJson(element));
      return key === undefined ? [] : [[key, element] as const];
    });
  }
  const detail =
    value.kind === 'list' || value.kind === 'tuple'
      ? 'The order of a list could change, and with it which job is which: write for_each = toset([…]).'
      : '"for_each" goes through a set or a map: toset(["a", "b"]) or { a = 1, b = 2 }.';
  loading.error('wrong-type', 'Wrong type', detail, { subject: attribute.expression.range });
  return undefined;
}

/** Every combination of the axes, the last axis changing fastest; the key is the values joined by `-`. */
function combinations(block: Block, names: Names, loading: Loading): Entry[] | undefined {
  if (loading.labels(block) === undefined) return undefined;
  const reader = loading.reader(block.body, 'matrix');
  let rows: (readonly (readonly [string, Value])[])[] = [[]];
  let complete = true;
  for (const axis of reader.otherAttributes()) {
    const value = loading.expressions.constant(axis.expression, `"${axis.name}"`, DYNAMIC, names);
    const values = value === undefined ? [] : [...innerValues(value)];
    const isList = value?.kind === 'list' || value?.kind === 'tuple' || value?.kind === 'set';
    const isPlain = values.every((item) => item.kind === 'string' || item.kind === 'number' || item.kind === 'bool');
    if (value !== undefined && (!isList || !isPlain || values.length === 0)) {
      const one = value.kind === 'string' || value.kind === 'number' ? JSON.stringify(toJson(value)) : '"1.24", "1.25"';
      const detail = `An axis is a list of texts, numbers or bools with at least one element: ${axis.name} = [${one}].`;
      loading.error('wrong-type', 'Wrong type', detail, { subject: axis.expression.range });
    }
    if (!isList || !isPlain || values.length === 0) complete = false;
    // Before they are multiplied: five axes of a hundred would be ten thousand million.
    if (rows.length * values.length > MOST_INSTANCES) {
      const detail = `This makes more than ${MOST_INSTANCES} jobs, the most that are made of one block.`;
      loading.error('too-many-jobs', 'Too many jobs', detail, { subject: block.headerRange });
      complete = false;
    }
    if (complete) rows = rows.flatMap((row) => values.map((item) => [...row, [axis.name, item] as const]));
  }
  reader.finish();
  if (!complete || loading.isUnread(block.range)) return undefined;
  if (rows.length === 1 && rows[0]?.length === 0) {
    loading.error('empty-matrix', 'Empty matrix', 'A matrix has at least one axis: go = ["1.24", "1.25"].', {
      subject: block.headerRange,
    });
    return undefined;
  }
  return rows.map((row) => [row.map(([, item]) => plainText(toJson(item)) ?? '').join('-'), objectValue(row)]);
}
