import { convert, convertToCommon, isConversionError } from '../convert.ts';
import { type FunctionFailure, failure, type HclFunction } from '../function.ts';
import { BOOL, DYNAMIC, listType, mapType, NUMBER, STRING, type Type } from '../type.ts';
import { unify } from '../unify.ts';
import {
  boolValue,
  isWhollyKnown,
  listValue,
  mapValue,
  NULL,
  numberValue,
  objectValue,
  stringValue,
  tupleValue,
  typeOf,
  unknownValue,
  type Value,
} from '../value.ts';
import {
  elementsAt,
  entriesOf,
  nullable,
  numberAt,
  optional,
  parameter,
  sequenceElements,
  textAt,
  textsAt,
} from './arguments.ts';
import { characters } from './letters.ts';

const anyMap = (doc: string) => parameter('map', DYNAMIC, doc);

const notEntries = (at: number): FunctionFailure => failure('This must be a map or an object.', at);

function keys(args: readonly Value[]): Value | FunctionFailure {
  const [map] = args;
  const entries = entriesOf(map);
  if (map === undefined || entries === undefined) return notEntries(0);
  const names = [...entries.keys()].map(stringValue);
  return map.kind === 'map' ? listValue(STRING, names) : tupleValue(names);
}

function values(args: readonly Value[]): Value | FunctionFailure {
  const [map] = args;
  const entries = entriesOf(map);
  if (map === undefined || entries === undefined) return notEntries(0);
  return map.kind === 'map' ? listValue(map.elementType, [...entries.values()]) : tupleValue([...entries.values()]);
}

function length(args: readonly Value[]): Value | FunctionFailure {
  const [value] = args;
  if (value?.kind === 'string') return numberValue(characters(value.value).length);
  const elements = sequenceElements(value);
  if (elements !== undefined)
    return value?.kind === 'set' && !isWhollyKnown(value) ? unknownValue(NUMBER) : numberValue(elements.length);
  const entries = entriesOf(value);
  return entries === undefined
    ? failure('Only a list, set, map, object or string has a length.', 0)
    : numberValue(entries.size);
}

function lookup(args: readonly Value[]): Value | FunctionFailure {
  const [map, , fallback] = args;
  const entries = entriesOf(map);
  if (map === undefined || entries === undefined) return notEntries(0);
  const found = entries.get(textAt(args, 1));
  if (found !== undefined) return found;
  if (fallback === undefined)
    return failure(`There is no ${JSON.stringify(textAt(args, 1))} here, and no default was given.`, 1);
  if (map.kind !== 'map') return fallback;
  const converted = convert(fallback, map.elementType);
  return isConversionError(converted) ? failure('The default must be of the type of the elements.', 2) : converted;
}

/** Maps of one type give a map; anything else an object. Later ones win; nulls are passed over. */
function merge(args: readonly Value[]): Value | FunctionFailure {
  const merged = new Map<string, Value>();
  const maps: Value[] = [];
  let nulls = 0;
  for (const [at, value] of args.entries()) {
    if (value.kind === 'null') {
      nulls += 1;
      continue;
    }
    const entries = entriesOf(value);
    if (entries === undefined) return notEntries(at);
    maps.push(value);
    for (const [name, entry] of entries) merged.set(name, entry);
  }
  if (nulls === 0 && maps.length > 0 && maps.every((value) => value.kind === 'map')) {
    const types = maps.map(typeOf);
    const common = unify(types);
    const same = types.every((type) => JSON.stringify(typeKey(type)) === JSON.stringify(typeKey(types[0] ?? DYNAMIC)));
    if (same && common?.kind === 'map') return mapValue(common.element, merged);
  }
  return objectValue(merged);
}

const typeKey = (type: Type): unknown => (type.kind === 'map' ? ['map', typeKey(type.element)] : type);

/** Puts the value at a key under each of its texts, and the other way round. */
function transpose(args: readonly Value[]): Value | FunctionFailure {
  const turned = new Map<string, string[]>();
  for (const [name, list] of entriesOf(args[0]) ?? []) {
    const elements = sequenceElements(list);
    if (elements === undefined || elements.some(({ kind }) => kind === 'null'))
      return failure(`What stands under ${JSON.stringify(name)} is null, or has a null in it.`, 0);
    for (const text of textsAt([list], 0)) turned.set(text, [...(turned.get(text) ?? []), name]);
  }
  return mapValue(
    listType(STRING),
    [...turned].map(([text, names]) => [text, listValue(STRING, names.map(stringValue))]),
  );
}

function zipmap(args: readonly Value[]): Value | FunctionFailure {
  if (elementsAt(args, 0).some(({ kind }) => kind === 'null')) return failure('A key is null.', 0);
  const names = textsAt(args, 0);
  const list = args[1];
  const items = sequenceElements(list);
  if (list === undefined || items === undefined || list.kind === 'set')
    return failure('The values must be a list or a tuple.', 1);
  if (names.length !== items.length)
    return failure(`There are ${names.length} keys and ${items.length} values; each key needs one.`);
  const entries = names.map((name, at) => [name, items[at] ?? NULL] as const);
  return list.kind === 'list' ? mapValue(list.elementType, entries) : objectValue(entries);
}

/** The first argument that is there: neither null nor an empty string. All are brought to one type. */
function coalesce(args: readonly Value[]): Value | FunctionFailure {
  const common = convertToCommon(args);
  if (common === undefined) return failure('The arguments must be of one type, or convert to one.');
  for (const value of common.values) {
    if (value.kind === 'unknown') return unknownValue(common.type);
    if (value.kind !== 'null' && !(value.kind === 'string' && value.value === '')) return value;
  }
  return failure('All arguments are null or empty strings.');
}

function range(args: readonly Value[]): Value | FunctionFailure {
  const [first, second, third] = args.map((_, at) => numberAt(args, at));
  if (first === undefined) return failure('range takes a limit; a start and a limit; or a start, a limit and a step.');
  const start = second === undefined ? numberAt([numberValue(0)], 0) : first;
  const limit = second ?? first;
  const down = limit.lessThan(start);
  const step = third ?? numberAt([numberValue(down ? -1 : 1)], 0);
  if (step.isZero() && !limit.equals(start)) return failure('A step of zero leads nowhere.', 2);
  if (!start.equals(limit) && down !== step.isNegative()) {
    return failure(
      `With this step the way from the start never comes to the limit; it must be ${down ? 'negative' : 'positive'}.`,
      2,
    );
  }
  const numbers: Value[] = [];
  for (let at = start; down ? at.greaterThan(limit) : at.lessThan(limit); at = at.plus(step)) {
    if (numbers.length === 1024) return failure('That would be more than 1024 numbers.');
    numbers.push(numberValue(at));
  }
  return listValue(NUMBER, numbers);
}

function every(args: readonly Value[], wanted: boolean): Value {
  let unknown = false;
  for (const value of elementsAt(args, 0)) {
    if (value.kind === 'unknown') unknown = true;
    else if ((value.kind === 'bool' && value.value) !== wanted) return boolValue(!wanted);
  }
  return unknown ? unknownValue(BOOL) : boolValue(wanted);
}

export const COLLECTION_FUNCTIONS: readonly HclFunction[] = [
  {
    kind: 'eager',
    name: 'keys',
    group: 'collections',
    doc: 'The keys of a map or object, in order.',
    result: 'A list of strings; of an object a tuple of them.',
    examples: [{ source: 'keys({ b = 1, a = 2 })', result: '["a", "b"]' }],
    parameters: [anyMap('Its keys are taken.')],
    returns: DYNAMIC,
    seesUnknown: 'inside',
    marks: 'inner',
    call: keys,
  },
  {
    kind: 'eager',
    name: 'values',
    group: 'collections',
    doc: 'The values of a map or object, in the order of their keys.',
    result: 'A list; of an object a tuple.',
    examples: [{ source: 'values({ b = 1, a = 2 })', result: '[2, 1]' }],
    parameters: [anyMap('Its values are taken.')],
    returns: DYNAMIC,
    seesUnknown: 'inside',
    marks: 'inner',
    call: values,
  },
  {
    kind: 'eager',
    name: 'length',
    group: 'collections',
    doc: 'How many elements a list, set, map or object has, or characters a string.',
    examples: [
      { source: 'length(["a", "b"])', result: '2' },
      { source: 'length("hello")', result: '5' },
    ],
    parameters: [parameter('value', DYNAMIC, 'What to count.')],
    returns: NUMBER,
    seesUnknown: 'inside',
    marks: 'inner',
    call: length,
  },
  {
    kind: 'eager',
    name: 'lookup',
    group: 'collections',
    doc: 'The value at a key, or the default if there is none.',
    result: 'What the map or object holds.',
    examples: [{ source: 'lookup({ a = 1 }, "b", 0)', result: '0' }],
    parameters: [
      anyMap('Where to look.'),
      parameter('key', STRING, 'What for.'),
      { ...optional('default', DYNAMIC, 'What stands for a missing one.'), nullable: true },
    ],
    returns: DYNAMIC,
    seesUnknown: 'inside',
    marks: 'inner',
    call: lookup,
  },
  {
    kind: 'eager',
    name: 'merge',
    group: 'collections',
    doc: 'One map or object of several. Where a key is in more than one, the last has it.',
    result: 'A map if all of them are maps of one type, else an object.',
    examples: [{ source: 'merge({ a = 1, b = 1 }, { b = 2 })', result: '{ a = 1, b = 2 }' }],
    parameters: [],
    rest: nullable('maps', DYNAMIC, 'Maps and objects; a null is passed over.'),
    returns: DYNAMIC,
    seesUnknown: 'inside',
    marks: 'inner',
    call: merge,
  },
  {
    kind: 'eager',
    name: 'transpose',
    group: 'collections',
    doc: 'A map of lists turned round: each text of the lists leads to the keys it stood under.',
    examples: [
      {
        source: 'transpose({ a = ["1", "2"], b = ["2"] })',
        result: 'tomap({ "1" = tolist(["a"]), "2" = tolist(["a", "b"]) })',
      },
    ],
    parameters: [parameter('map', mapType(listType(STRING)), 'A map of lists of strings.')],
    returns: mapType(listType(STRING)),
    call: transpose,
  },
  {
    kind: 'eager',
    name: 'zipmap',
    group: 'collections',
    doc: 'A map of a list of keys and a list of values.',
    result: 'A map; of a tuple of values an object.',
    examples: [{ source: 'zipmap(["a", "b"], [1, 2])', result: '{ a = 1, b = 2 }' }],
    parameters: [parameter('keys', listType(STRING), 'The keys.'), parameter('values', DYNAMIC, 'As many values.')],
    returns: DYNAMIC,
    seesUnknown: 'inside',
    marks: 'inner',
    call: (args) => (elementsAt(args, 0).every(isWhollyKnown) ? zipmap(args) : unknownValue()),
  },
  {
    kind: 'eager',
    name: 'coalesce',
    group: 'collections',
    doc: 'The first argument that is neither null nor an empty string.',
    result: 'The argument, converted to the type that all of them have in common.',
    examples: [{ source: 'coalesce("", null, "b")', result: '"b"' }],
    parameters: [],
    rest: nullable('values', DYNAMIC, 'What to choose from.'),
    returns: DYNAMIC,
    seesUnknown: 'everywhere',
    call: coalesce,
  },
  {
    kind: 'eager',
    name: 'range',
    group: 'collections',
    doc: 'The numbers from a start (or 0) up to, not including, a limit, by a step. At most 1024.',
    examples: [
      { source: 'range(3)', result: 'tolist([0, 1, 2])' },
      { source: 'range(10, 0, -3)', result: 'tolist([10, 7, 4, 1])' },
    ],
    parameters: [
      parameter('limit_or_start', NUMBER, 'The limit, or the start if a limit follows.'),
      optional('limit', NUMBER, 'Where it ends.'),
      optional('step', NUMBER, 'From one number to the next.'),
    ],
    returns: listType(NUMBER),
    call: range,
  },
  {
    kind: 'eager',
    name: 'alltrue',
    group: 'collections',
    doc: 'Whether all elements are true; so it is of an empty list.',
    examples: [{ source: 'alltrue([true, false])', result: 'false' }],
    parameters: [parameter('list', listType(BOOL), 'Bools.')],
    returns: BOOL,
    seesUnknown: 'inside',
    call: (args) => every(args, true),
  },
  {
    kind: 'eager',
    name: 'anytrue',
    group: 'collections',
    doc: 'Whether some element is true; of an empty list none is.',
    examples: [{ source: 'anytrue([true, false])', result: 'true' }],
    parameters: [parameter('list', listType(BOOL), 'Bools.')],
    returns: BOOL,
    seesUnknown: 'inside',
    call: (args) => every(args, false),
  },
];
