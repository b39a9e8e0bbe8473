import { convertToCommon } from '../convert.ts';
import { valuesEqual } from '../equality.ts';
import { ExactNumber, settled } from '../exact-number.ts';
import { type FunctionFailure, failure, type HclFunction } from '../function.ts';
import { BOOL, DYNAMIC, listType, NUMBER, STRING } from '../type.ts';
import {
  boolValue,
  canonicalKey,
  compareText,
  listValue,
  NULL,
  nullValue,
  numberValue,
  stringValue,
  tupleValue,
  unknownValue,
  type Value,
} from '../value.ts';
import { elementsAt, isCount, numberAt, parameter, sequenceElements, textsAt } from './arguments.ts';

const MOST_ELEMENTS = 1_000_000;

const list = parameter('list', DYNAMIC, 'A list, set or tuple.');

const notList = (at: number): FunctionFailure => failure('This must be a list, a set or a tuple.', at);

const notOrdered = (at: number): FunctionFailure =>
  failure('This must be a list or a tuple. A set has no order; tolist(…) gives it one.', at);

/** A list that may be of any shape: the same shape comes back, a set as a list. */
function sameShape(original: Value, elements: readonly Value[]): Value {
  return original.kind === 'list' || original.kind === 'set'
    ? listValue(original.elementType, elements)
    : tupleValue(elements);
}

function element(args: readonly Value[]): Value | FunctionFailure {
  const elements = sequenceElements(args[0]);
  const index = numberAt(args, 1);
  if (elements === undefined || args[0]?.kind === 'set') return notOrdered(0);
  if (elements.length === 0) return failure('The list is empty, so there is no element to take.', 0);
  if (!isCount(index)) return failure('The index must be a whole number.', 1);
  return elements[index.modulo(elements.length).plus(elements.length).modulo(elements.length).toNumber()] ?? NULL;
}

function concat(args: readonly Value[]): Value | FunctionFailure {
  const all: Value[] = [];
  if (args.length === 0) return failure('There must be at least one list.');
  for (const [at, value] of args.entries()) {
    const elements = sequenceElements(value);
    if (elements === undefined || value.kind === 'set') return notOrdered(at);
    if (all.length + elements.length > MOST_ELEMENTS)
      return failure(`That would be more than ${MOST_ELEMENTS} elements.`);
    for (const element of elements) all.push(element);
  }
  if (args.every((value) => value.kind === 'list')) {
    const common = convertToCommon(all);
    if (common !== undefined) return listValue(common.type, common.values);
  }
  return tupleValue(all);
}

function flatten(value: Value, into: Value[]): void {
  const elements = sequenceElements(value);
  if (elements === undefined) into.push(value);
  else for (const inner of elements) flatten(inner, into);
}

function contains(args: readonly Value[]): Value | FunctionFailure {
  const [, wanted] = args;
  const elements = sequenceElements(args[0]);
  if (elements === undefined) return notList(0);
  let unknown = false;
  for (const value of elements) {
    const equal = wanted !== undefined && valuesEqual(value, wanted);
    if (equal === true) return boolValue(true);
    if (equal === undefined) unknown = true;
  }
  return unknown ? unknownValue(BOOL) : boolValue(false);
}

function indexOf(args: readonly Value[]): Value | FunctionFailure {
  const [, wanted] = args;
  const elements = sequenceElements(args[0]);
  if (elements === undefined || wanted === undefined || args[0]?.kind === 'set') return notOrdered(0);
  const at = elements.findIndex((value) => valuesEqual(value, wanted) === true);
  return at < 0 ? failure('The list does not hold this value. contains(…) tests for that.', 1) : numberValue(at);
}

function slice(args: readonly Value[]): Value | FunctionFailure {
  const [original] = args;
  const elements = original?.kind === 'set' ? undefined : sequenceElements(original);
  if (original === undefined || elements === undefined) return failure('This must be a list or a tuple.', 0);
  const [start, end] = [numberAt(args, 1), numberAt(args, 2)];
  if (!isCount(start) || start.isNegative()) return failure('The start must be a whole number and not negative.', 1);
  if (!isCount(end) || end.greaterThan(elements.length)) {
    return failure(`The end must be a whole number, and no more than the length of the list (${elements.length}).`, 2);
  }
  if (start.greaterThan(end)) return failure('The start must not be after the end.', 1);
  return sameShape(original, elements.slice(start.toNumber(), end.toNumber()));
}

function chunklist(args: readonly Value[]): Value | FunctionFailure {
  const common = convertToCommon(elementsAt(args, 0));
  const size = numberAt(args, 1);
  if (common === undefined) return failure('The elements must be of one type.', 0);
  if (!isCount(size) || size.isNegative()) return failure('The size must be a whole number and not negative.', 1);
  const step = size.isZero() ? Math.max(1, common.values.length) : size.toNumber();
  const list = args[0];
  const type = list?.kind === 'list' || list?.kind === 'set' ? list.elementType : common.type;
  const chunks: Value[] = [];
  for (let at = 0; at < common.values.length; at += step)
    chunks.push(listValue(type, common.values.slice(at, at + step)));
  return listValue(listType(type), chunks);
}

function distinct(args: readonly Value[]): Value {
  const [original] = args;
  const seen = new Set<string>();
  const kept = elementsAt(args, 0).filter((value) => {
    const key = canonicalKey(value);
    return !seen.has(key) && seen.add(key);
  });
  return original === undefined ? NULL : sameShape(original, kept);
}

function matchkeys(args: readonly Value[]): Value | FunctionFailure {
  const [values, keys, searched] = [elementsAt(args, 0), elementsAt(args, 1), elementsAt(args, 2)];
  if (values.length !== keys.length)
    return failure(`There are ${values.length} values and ${keys.length} keys; each value needs one.`);
  const wanted = convertToCommon([...keys, ...searched]);
  if (wanted === undefined) return failure('The keys and what is searched for must be of one type.', 2);
  const searchedKeys = new Set(wanted.values.slice(keys.length).map(canonicalKey));
  const kept = values.filter((_, at) => searchedKeys.has(canonicalKey(wanted.values[at] ?? NULL)));
  const [original] = args;
  return original === undefined ? NULL : sameShape(original, kept);
}

function one(args: readonly Value[]): Value | FunctionFailure {
  const elements = sequenceElements(args[0]);
  if (elements === undefined) return notList(0);
  if (elements.length > 1) return failure(`At most one element is expected here, and there are ${elements.length}.`, 0);
  const [only] = elements;
  if (only !== undefined) return only;
  return args[0]?.kind === 'list' || args[0]?.kind === 'set' ? nullValue(args[0].elementType) : NULL;
}

function sum(args: readonly Value[]): Value | FunctionFailure {
  const numbers = elementsAt(args, 0);
  if (numbers.length === 0) return failure('There is nothing to add: the list is empty.', 0);
  if (numbers.some((value) => value.kind === 'null')) return failure('The list has a null in it.', 0);
  const total = numbers.reduce((before, _, at) => {
    const next = numberAt(numbers, at);
    return settled(before.plus(next), before, next);
  }, new ExactNumber(0));
  return numberValue(total);
}

function coalescelist(args: readonly Value[]): Value | FunctionFailure {
  const wrong = args.findIndex((value) => value.kind !== 'list' && value.kind !== 'tuple');
  if (wrong >= 0) return notOrdered(wrong);
  const found = args.find((value) => (sequenceElements(value)?.length ?? 0) > 0);
  return found ?? failure('All the lists are empty.');
}

export const LIST_FUNCTIONS: readonly HclFunction[] = [
  {
    kind: 'eager',
    name: 'element',
    group: 'collections',
    doc: 'The element at an index; behind the end it begins again from the front, before the front from the end.',
    result: 'The element.',
    examples: [{ source: 'element(["a", "b", "c"], 4)', result: '"b"' }],
    parameters: [list, parameter('index', NUMBER, 'From 0, or from -1 backwards.')],
    returns: DYNAMIC,
    seesUnknown: 'inside',
    marks: 'inner',
    call: element,
  },
  {
    kind: 'eager',
    name: 'concat',
    group: 'collections',
    doc: 'Several lists, one behind the other.',
    result: 'A list if all of them are lists of one type, else a tuple.',
    examples: [{ source: 'concat(["a"], ["b", "c"])', result: '["a", "b", "c"]' }],
    parameters: [],
    rest: parameter('lists', DYNAMIC, 'Lists.'),
    returns: DYNAMIC,
    seesUnknown: 'inside',
    marks: 'inner',
    call: concat,
  },
  {
    kind: 'eager',
    name: 'flatten',
    group: 'collections',
    doc: 'A list with what lies in lists inside it, however deep, taken out of them.',
    result: 'A tuple.',
    examples: [{ source: 'flatten([["a", ["b"]], [], "c"])', result: '["a", "b", "c"]' }],
    parameters: [list],
    returns: DYNAMIC,
    seesUnknown: 'inside',
    call: (args) => {
      const [value] = args;
      if (value === undefined || sequenceElements(value) === undefined) return notList(0);
      const flat: Value[] = [];
      flatten(value, flat);
      return flat.some((inner) => inner.kind === 'unknown' && inner.type.kind !== 'string')
        ? unknownValue()
        : tupleValue(flat);
    },
  },
  {
    kind: 'eager',
    name: 'contains',
    group: 'collections',
    doc: 'Whether a list holds a value.',
    examples: [{ source: 'contains(["a", "b"], "a")', result: 'true' }],
    parameters: [list, parameter('value', DYNAMIC, 'What to look for.')],
    returns: BOOL,
    seesUnknown: 'inside',
    call: contains,
  },
  {
    kind: 'eager',
    name: 'index',
    group: 'collections',
    doc: 'Where in a list a value stands first.',
    examples: [{ source: 'index(["a", "b"], "b")', result: '1' }],
    parameters: [list, parameter('value', DYNAMIC, 'What to look for.')],
    returns: NUMBER,
    call: indexOf,
  },
  {
    kind: 'eager',
    name: 'slice',
    group: 'collections',
    doc: 'A part of a list: from an index up to, not including, another.',
    result: 'A list, or a tuple.',
    examples: [{ source: 'slice(["a", "b", "c"], 1, 3)', result: '["b", "c"]' }],
    parameters: [
      list,
      parameter('start', NUMBER, 'The first index.'),
      parameter('end', NUMBER, 'The index behind the last.'),
    ],
    returns: DYNAMIC,
    seesUnknown: 'inside',
    marks: 'inner',
    call: slice,
  },
  {
    kind: 'eager',
    name: 'reverse',
    group: 'collections',
    doc: 'The elements in reverse order.',
    result: 'A list, or a tuple.',
    examples: [{ source: 'reverse([1, 2, 3])', result: '[3, 2, 1]' }],
    parameters: [list],
    returns: DYNAMIC,
    seesUnknown: 'inside',
    marks: 'inner',
    call: (args) => {
      const [original] = args;
      const elements = sequenceElements(original);
      return original === undefined || elements === undefined
        ? notList(0)
        : sameShape(original, [...elements].reverse());
    },
  },
  {
    kind: 'eager',
    name: 'chunklist',
    group: 'collections',
    doc: 'A list cut into lists of one size, the last perhaps shorter.',
    result: 'A list of lists.',
    examples: [{ source: 'chunklist(["a", "b", "c"], 2)', result: 'tolist([tolist(["a", "b"]), tolist(["c"])])' }],
    parameters: [
      parameter('list', listType(DYNAMIC), 'A list.'),
      parameter('size', NUMBER, 'How many to a chunk; 0 for all.'),
    ],
    returns: DYNAMIC,
    seesUnknown: 'inside',
    marks: 'inner',
    call: chunklist,
  },
  {
    kind: 'eager',
    name: 'distinct',
    group: 'collections',
    doc: 'The elements without those that were there before.',
    result: 'A list.',
    examples: [{ source: 'distinct(["a", "b", "a"])', result: 'tolist(["a", "b"])' }],
    parameters: [parameter('list', listType(DYNAMIC), 'A list.')],
    returns: DYNAMIC,
    call: distinct,
  },
  {
    kind: 'eager',
    name: 'compact',
    group: 'collections',
    doc: 'The strings of a list that are neither null nor empty.',
    examples: [{ source: 'compact(["a", "", null, "b"])', result: 'tolist(["a", "b"])' }],
    parameters: [parameter('list', listType(STRING), 'Strings.')],
    returns: listType(STRING),
    call: (args) =>
      listValue(
        STRING,
        elementsAt(args, 0).filter((value) => value.kind === 'string' && value.value !== ''),
      ),
  },
  {
    kind: 'eager',
    name: 'matchkeys',
    group: 'collections',
    doc: 'The values whose key (at the same place in the second list) is one of those searched for.',
    result: 'A list.',
    examples: [{ source: 'matchkeys(["a", "b"], ["x", "y"], ["y"])', result: 'tolist(["b"])' }],
    parameters: [
      parameter('values', listType(DYNAMIC), 'What to choose from.'),
      parameter('keys', listType(DYNAMIC), 'A key for each value.'),
      parameter('searched', listType(DYNAMIC), 'The keys wanted.'),
    ],
    returns: DYNAMIC,
    call: matchkeys,
  },
  {
    kind: 'eager',
    name: 'one',
    group: 'collections',
    doc: 'The only element of a list, or null of an empty one. More than one is an error.',
    result: 'The element, or null.',
    examples: [{ source: 'one(["a"])', result: '"a"' }],
    parameters: [list],
    returns: DYNAMIC,
    seesUnknown: 'inside',
    marks: 'inner',
    call: one,
  },
  {
    kind: 'eager',
    name: 'sort',
    group: 'collections',
    doc: 'Strings in order of their characters.',
    examples: [{ source: 'sort(["c", "a", "b"])', result: 'tolist(["a", "b", "c"])' }],
    parameters: [parameter('list', listType(STRING), 'Strings.')],
    returns: listType(STRING),
    call: (args) => {
      if (elementsAt(args, 0).some((value) => value.kind === 'null')) return failure('The list has a null in it.', 0);
      return listValue(STRING, [...textsAt(args, 0)].sort(compareText).map(stringValue));
    },
  },
  {
    kind: 'eager',
    name: 'sum',
    group: 'collections',
    doc: 'All numbers added up.',
    examples: [{ source: 'sum([0.1, 0.2, 3])', result: '3.3' }],
    parameters: [parameter('list', listType(NUMBER), 'Numbers, at least one.')],
    returns: NUMBER,
    call: sum,
  },
  {
    kind: 'eager',
    name: 'coalescelist',
    group: 'collections',
    doc: 'The first list that is not empty.',
    result: 'The list.',
    examples: [{ source: 'coalescelist([], ["b"])', result: '["b"]' }],
    parameters: [],
    rest: parameter('lists', DYNAMIC, 'Lists.'),
    returns: DYNAMIC,
    seesUnknown: 'inside',
    marks: 'inner',
    call: coalescelist,
  },
];
