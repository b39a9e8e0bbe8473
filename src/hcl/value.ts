import { ExactNumber, numberText } from './exact-number.ts';
import { BOOL, DYNAMIC, listType, mapType, NUMBER, objectType, STRING, setType, type Type, tupleType } from './type.ts';

/**
 * A value of the language: frozen, closed on `kind`.
 *
 * `sensitive` says that the value (or, of a collection, its very shape) must not be shown. An element may be sensitive in
 * a collection that is not; whatever is computed from the whole collection is then sensitive (see `isSensitiveWithin`).
 */
export type Value =
  | StringValue
  | NumberValue
  | BoolValue
  | NullValue
  | SequenceValue
  | TupleValue
  | MapValue
  | ObjectValue
  | UnknownValue;

interface Marked {
  readonly sensitive: boolean;
}

export interface StringValue extends Marked {
  readonly kind: 'string';
  /** In Unicode normal form C. */
  readonly value: string;
}

export interface NumberValue extends Marked {
  readonly kind: 'number';
  readonly value: ExactNumber;
}

export interface BoolValue extends Marked {
  readonly kind: 'bool';
  readonly value: boolean;
}

/** `null` of a type; of `dynamic` when nothing is known but that it is null. */
export interface NullValue extends Marked {
  readonly kind: 'null';
  readonly type: Type;
}

/** A set's elements are distinct and in their canonical order. */
export interface SequenceValue extends Marked {
  readonly kind: 'list' | 'set';
  readonly elementType: Type;
  readonly elements: readonly Value[];
}

export interface TupleValue extends Marked {
  readonly kind: 'tuple';
  readonly elements: readonly Value[];
}

/** Entries are in the order of their keys. */
export interface MapValue extends Marked {
  readonly kind: 'map';
  readonly elementType: Type;
  readonly entries: ReadonlyMap<string, Value>;
}

/** Entries are in the order of their names. */
export interface ObjectValue extends Marked {
  readonly kind: 'object';
  readonly entries: ReadonlyMap<string, Value>;
}

/** What only a run can know. It flows through expressions; what is computed from it is unknown too. */
export interface UnknownValue extends Marked {
  readonly kind: 'unknown';
  readonly type: Type;
  /** It stands where there was a mistake, which has been reported: it fits everywhere, so that nothing more is said. */
  readonly failed?: true;
}

export const TRUE: BoolValue = { kind: 'bool', value: true, sensitive: false };
export const FALSE: BoolValue = { kind: 'bool', value: false, sensitive: false };
export const NULL: NullValue = { kind: 'null', type: DYNAMIC, sensitive: false };
export const UNKNOWN: UnknownValue = { kind: 'unknown', type: DYNAMIC, sensitive: false };

export const stringValue = (value: string): StringValue => ({
  kind: 'string',
  value: value.normalize('NFC'),
  sensitive: false,
});
export const numberValue = (value: ExactNumber | number | bigint | string): NumberValue => ({
  kind: 'number',
  value: withoutSignOfZero(value instanceof ExactNumber ? value : new ExactNumber(value)),
  sensitive: false,
});
const withoutSignOfZero = (value: ExactNumber): ExactNumber => (value.isZero() ? value.abs() : value);
export const boolValue = (value: boolean): BoolValue => (value ? TRUE : FALSE);
export const nullValue = (type: Type = DYNAMIC): NullValue => ({ kind: 'null', type, sensitive: false });
export const unknownValue = (type: Type = DYNAMIC): UnknownValue => ({ kind: 'unknown', type, sensitive: false });
export const failedValue = (type: Type): UnknownValue => ({ kind: 'unknown', type, sensitive: false, failed: true });
export const tupleValue = (elements: readonly Value[]): TupleValue => ({ kind: 'tuple', elements, sensitive: false });

/** All elements are of `elementType` already. */
export const listValue = (elementType: Type, elements: readonly Value[]): SequenceValue => ({
  kind: 'list',
  elementType,
  elements,
  sensitive: false,
});

/** All elements are of `elementType` already; doubles are dropped. A sensitive element makes the whole set sensitive. */
export function setValue(elementType: Type, elements: readonly Value[]): SequenceValue {
  const distinct = new Map<string, Value>();
  let sensitive = false;
  for (const element of elements) {
    sensitive ||= isSensitiveWithin(element);
    const plain = withoutSensitivity(element);
    const key = canonicalKey(plain);
    if (!distinct.has(key)) distinct.set(key, plain);
  }
  const sorted = [...distinct].sort(([keyA, a], [keyB, b]) => comparePrimitives(a, b) ?? compareText(keyA, keyB));
  return { kind: 'set', elementType, elements: sorted.map(([, element]) => element), sensitive };
}

export const mapValue = (elementType: Type, entries: Iterable<readonly [string, Value]>): MapValue => ({
  kind: 'map',
  elementType,
  entries: sortedEntries(entries),
  sensitive: false,
});

export const objectValue = (entries: Iterable<readonly [string, Value]>): ObjectValue => ({
  kind: 'object',
  entries: sortedEntries(entries),
  sensitive: false,
});

export function typeOf(value: Value): Type {
  switch (value.kind) {
    case 'string':
      return STRING;
    case 'number':
      return NUMBER;
    case 'bool':
      return BOOL;
    case 'null':
    case 'unknown':
      return value.type;
    case 'list':
      return listType(value.elementType);
    case 'set':
      return setType(value.elementType);
    case 'map':
      return mapType(value.elementType);
    default: {
      const before = keptTypes.get(value);
      if (before !== undefined) return before;
      const type =
        value.kind === 'tuple'
          ? tupleType(value.elements.map(typeOf))
          : objectType(new Map([...value.entries].map(([name, of]) => [name, typeOf(of)])));
      keptTypes.set(value, type);
      return type;
    }
  }
}

/** A structure's type is as large as the structure, and parts are shared: it is made once for each. */
const keptTypes = new WeakMap<Value, Type>();

/** The values directly inside a collection, tuple or object; none for anything else. */
export function innerValues(value: Value): Iterable<Value> {
  switch (value.kind) {
    case 'list':
    case 'set':
    case 'tuple':
      return value.elements;
    case 'map':
    case 'object':
      return value.entries.values();
    default:
      return [];
  }
}

/** Whether the value is known all the way down. */
export function isWhollyKnown(value: Value): boolean {
  return depths(value).known;
}

/** Whether the value or anything in it is sensitive: whatever is made from the whole of it must be, too. */
export function isSensitiveWithin(value: Value): boolean {
  return value.sensitive || depths(value).sensitive;
}

interface Depths {
  readonly known: boolean;
  readonly sensitive: boolean;
}

const PLAIN: Depths = { known: true, sensitive: false };
const kept = new WeakMap<Value, Depths>();

/** Found out once for each collection, since it is asked again for every operation and parts are shared. */
function depths(value: Value): Depths {
  switch (value.kind) {
    case 'unknown':
      return { known: false, sensitive: value.sensitive };
    case 'string':
    case 'number':
    case 'bool':
    case 'null':
      return value.sensitive ? { known: true, sensitive: true } : PLAIN;
    default: {
      const before = kept.get(value);
      if (before !== undefined) return before;
      let { known, sensitive }: Depths = { known: true, sensitive: value.sensitive };
      for (const inner of innerValues(value)) {
        const below = depths(inner);
        known &&= below.known;
        sensitive ||= below.sensitive;
      }
      const found = { known, sensitive };
      kept.set(value, found);
      return found;
    }
  }
}

/** The same value, sensitive if asked for; one that already is stays so. */
export function withSensitivity<V extends Value>(value: V, sensitive: boolean): V {
  return sensitive && !value.sensitive ? { ...value, sensitive: true } : value;
}

/** The same value with no mark on itself; what is in it keeps its own. */
export function withoutOwnMark(value: Value): Value {
  return value.sensitive ? { ...value, sensitive: false } : value;
}

/** The same value with no mark on it or in it. Only for what goes on to mark its own result. */
export function withoutSensitivity(value: Value): Value {
  if (!isSensitiveWithin(value)) return value;
  switch (value.kind) {
    case 'list':
    case 'set':
    case 'tuple':
      return { ...value, sensitive: false, elements: value.elements.map(withoutSensitivity) };
    case 'map':
    case 'object': {
      const entries = new Map([...value.entries].map(([name, of]) => [name, withoutSensitivity(of)]));
      return { ...value, sensitive: false, entries };
    }
    default:
      return { ...value, sensitive: false };
  }
}

/** The order of UTF-8 bytes, which is the order of code points: what HCL sorts keys and strings by. */
export function compareText(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at += 1) {
    const [unitA, unitB] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (unitA === unitB) continue;
    const [highA, highB] = [isSurrogate(unitA), isSurrogate(unitB)];
    return highA === highB ? unitA - unitB : highA ? 1 : -1;
  }
  return a.length - b.length;
}

/** A text that is the same for equal values of one type, and different for different ones. Marks do not count. */
export function canonicalKey(value: Value): string {
  switch (value.kind) {
    case 'string':
      return JSON.stringify(value.value);
    case 'number':
      return numberText(value.value);
    case 'bool':
      return value.value ? 'true' : 'false';
    case 'null':
      return 'null';
    case 'unknown':
      return '?';
    case 'list':
    case 'set':
    case 'tuple':
      return `[${value.elements.map(canonicalKey).join(',')}]`;
    case 'map':
    case 'object':
      return `{${[...value.entries].map(([name, of]) => `${JSON.stringify(name)}:${canonicalKey(of)}`).join(',')}}`;
  }
}

function comparePrimitives(a: Value, b: Value): number | undefined {
  if (a.kind === 'string' && b.kind === 'string') return compareText(a.value, b.value);
  if (a.kind === 'number' && b.kind === 'number') return a.value.comparedTo(b.value);
  if (a.kind === 'bool' && b.kind === 'bool') return Number(a.value) - Number(b.value);
  return undefined;
}

function sortedEntries(entries: Iterable<readonly [string, Value]>): ReadonlyMap<string, Value> {
  const sorted = new Map(entries);
  let last: string | undefined;
  for (const name of sorted.keys()) {
    if (last !== undefined && compareText(last, name) > 0) {
      return new Map([...sorted].sort(([a], [b]) => compareText(a, b)));
    }
    last = name;
  }
  return sorted;
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;
