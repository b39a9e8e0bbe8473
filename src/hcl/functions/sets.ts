import { convertToCommon } from '../convert.ts';
import { type FunctionFailure, failure, type HclFunction } from '../function.ts';
import { DYNAMIC, listType, setType, tupleType } from '../type.ts';
import { canonicalKey, listValue, setValue, tupleValue, typeOf, type Value } from '../value.ts';
import { parameter, sequenceElements } from './arguments.ts';

const MOST_COMBINATIONS = 100_000;

/** All arguments as sets of one element type. */
function asSets(args: readonly Value[]): readonly (readonly Value[])[] | FunctionFailure {
  const common = convertToCommon(args.flatMap((value) => sequenceElements(value) ?? []));
  if (common === undefined) return failure('The elements must be of one type, or convert to one.');
  let taken = 0;
  return args.map((value) => {
    const count = sequenceElements(value)?.length ?? 0;
    taken += count;
    return common.values.slice(taken - count, taken);
  });
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
      const sets = asSets(args);
      if ('kind' in sets) return sets;
      const keyed = sets.map((elements) => new Map(elements.map((element) => [canonicalKey(element), element])));
      const [first = new Map<string, Value>(), ...others] = keyed;
      const elements = [...others.reduce(pick, first).values()];
      const [any] = sets.flat();
      return setValue(any === undefined ? elementTypeOf(args[0]) : typeOf(any), elements);
    },
  };
}

function elementTypeOf(value: Value | undefined) {
  return value?.kind === 'set' || value?.kind === 'list' ? value.elementType : DYNAMIC;
}

/** Every way to take one element of each; sets give a set, anything else a list. */
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
    columns.push(common);
  }
  const rows = columns.reduce<readonly (readonly Value[])[]>(
    (before, column) => before.flatMap((row) => column.values.map((value) => [...row, value])),
    [[]],
  );
  const rowType = tupleType(columns.map((column) => column.type));
  const tuples = rows.map(tupleValue);
  return args.every((value) => value.kind === 'set') ? setValue(rowType, tuples) : listValue(rowType, tuples);
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
    examples: [{ source: 'setproduct(["a", "b"], [1])', result: 'tolist([["a", 1], ["b", 1]])' }],
    parameters: [],
    rest: parameter('sets', DYNAMIC, 'Sets or lists.'),
    returns: listType(DYNAMIC),
    call: product,
  },
];
