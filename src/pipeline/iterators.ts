/** The iterators of dynamic blocks: what they mean in the expressions of the blocks that were made. */
import type { Expression } from '../hcl/syntax.ts';
import type { Value } from '../hcl/value.ts';
import { type Names, withNames } from './names.ts';
import type { Renamed } from './renamed.ts';

export interface BlockIterator {
  readonly name: string;
  /** An object of `key` and `value`. */
  readonly value: Value;
  readonly renamed: Renamed;
}

/** A block made of a dynamic one has its own copy of each expression; here is which iterators that copy sees. */
const ITERATORS = new WeakMap<Expression, readonly BlockIterator[]>();

/** A copy of the expression that sees these iterators; the last one wins. */
export function withIterators(expression: Expression, iterators: readonly BlockIterator[]): Expression {
  if (iterators.length === 0) return expression;
  const copy = { ...expression };
  ITERATORS.set(copy, iterators);
  return copy;
}

/** The names that hold where the expression stands, with those of the iterators around it. */
export function namesAt(expression: Expression, names: Names): Names {
  const iterators = ITERATORS.get(expression);
  if (iterators === undefined) return names;
  return namesWithIterators(iterators, names);
}

export function namesWithIterators(iterators: readonly BlockIterator[], names: Names): Names {
  if (iterators.length === 0) return names;
  return {
    ...withNames(names, Object.fromEntries(iterators.map(({ name, value }) => [name, value]))),
    renamed: new Map([...(names.renamed ?? []), ...iterators.map(({ name, renamed }) => [name, renamed] as const)]),
    iterators: new Set([...(names.iterators ?? []), ...iterators.map(({ name }) => name)]),
  };
}
