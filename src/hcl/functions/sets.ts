import { convert, convertToCommon, isConversionError } from '../convert.ts';
import { type FunctionFailure, failure, type HclFunction } from '../function.ts';
import { DYNAMIC, listType, setType, type Type, tupleType } from '../type.ts';
import { unify } from '../unify.ts';
import { canonicalKey, listValue, setValue, tupleValue, typeOf, type Value } from '../value.ts';
import { parameter, sequenceElements } from './arguments.ts';

const MOST_COMBINATIONS = 100_000;

interface Sets {
  readonly kind: 'sets';
  readonly elementType: Type;
  readonly sets: readonly (readonly Value[])[];
}

/** All arguments as sets of one element type. An empty one of no type goes with any. */
function asSets(args: readonly Value[]): Sets | FunctionFailure {
  const types = args.flatMap((value) => {
    const type = typeOf(value);
    return 'element' in type && type.element.kind !== 'dynamic' ? [type.element] : [];
  });
  const elementType = unify(types);
  const wrong = failure('The elements must be of one type, or convert to one.');
  if (elementType === undefined) return wrong;
  const sets: Value[][] = [];
  for (const value of args) {
    const set: Value[] = [];
    for (const element of sequenceElements(value) ?? []) {
      const converted = convert(element, elementType);
      if (isConversionError(converted)) return wrong;
      set.push(converted);
    }
    sets.push(set);
  }
  return { kind: 'sets', elementType, sets };
}

function combine(
  name: string,
  doc: string,
  source: string,
  result: string,
  pick: (first: Map<string, Value>, next: Map<string, Value>) => Map<string, Value>,
): HclFunction {
  const set = parameter('first', setType(DYNAMIC), 'A set, or a list.');
  return {
    kind: 'eager',
    name,
    group: 'collections',
    doc,
    examples: [{ source, result }],
    parameters: name === 'setsubtract' ? [set, parameter('second', setType(DYNAMIC), 'What to take away.')] : [set],
    ...(name !== 'setsubtract' && { rest: parameter('others', setType(DYNAMIC), 'More of them.') }),
    returns: setType(DYNAMIC),
    call: (args) => {
      const all = asSets(args);
      if (all.kind === 'failure') return all;
      const keyed = all.sets.map((elements) => new Map(elements.map((element) => [canonicalKey(element), element])));
      const [first = new Map<string, Value>(), ...others] = keyed;
      return setValue(all.elementType, [...others.reduce(pick, first).values()]);
    },
  };
}

/** Every way to take one element of each; a list, unless there is a set, which has no order. */
function product(args: readonly Value[]): Value | FunctionFailure {
  if (args.length < 2) return failure('There must be at least two sets or lists.');
  const total = args.reduce((count, value) => count * (sequenceElements(value)?.length ?? 0), 1);
  if (total > MOST_COMBINATIONS)
    return failure(`That would be ${total} combinations; at most ${MOST_COMBINATIONS} are made.`);
  const columns: { readonly type: ReturnType<typeof typeOf>; readonly values: readonly Value[] }[] = [];
  for (const [at, value] of args.entries()) {
    const elements = sequenceElements(value);
    if (elements === undefined) return failure('This must be a list or a set.', at);
    const common = convertToCommon(elements);
    if (common === undefined) return failure('The elements must be of one type, or convert to one.', at);
    const typed = elements.length === 0 && (value.kind === 'list' || value.kind === 'set');
    columns.push(typed ? { type: value.elementType, values: [] } : common);
  }
  const rows = columns.reduce<readonly (readonly Value[])[]>(
    (before, column) => before.flatMap((row) => column.values.map((value) => [...row, value])),
    [[]],
  );
  const rowType = tupleType(columns.map((column) => column.type));
  const tuples = rows.map(tupleValue);
  return args.some((value) => value.kind === 'set') ? setValue(rowType, tuples) : listValue(rowType, tuples);
}

export const SET_FUNCTIONS: readonly HclFunction[] = [
  combine(
    'setunion',
    'What is in any of the sets.',
    'setunion(["a"], ["b"])',
    'toset(["a", "b"])',
    (first, next) => new Map([...first, ...next]),
  ),
  combine(
    'setintersection',
    'What is in all of the sets.',
    'setintersection(["a", "b"], ["b"])',
    'toset(["b"])',
    (first, next) => new Map([...first].filter(([key]) => next.has(key))),
  ),
  combine(
    'setsubtract',
    'What is in the first set and not in the second.',
    'setsubtract(["a", "b"], ["b"])',
    'toset(["a"])',
    (first, next) => new Map([...first].filter(([key]) => !next.has(key))),
  ),
  {
    kind: 'eager',
    name: 'setproduct',
    group: 'collections',
    doc: 'Every way to take one element of each set or list, in order.',
    result: 'A list of tuples; a set of them if one of the arguments is a set.',
    examples: [{ source: 'setproduct(["a", "b"], [1])', result: 'tolist([["a", 1], ["b", 1]])' }],
    parameters: [],
    rest: parameter('sets', DYNAMIC, 'Sets or lists.'),
    returns: listType(DYNAMIC),
    call: product,
  },
];
