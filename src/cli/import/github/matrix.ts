/** `strategy.matrix`: axes, and what is taken out or added. */
import type { Conversion } from '../conversion.ts';
import type { Block } from '../hcl-block.ts';
import { type HclValue, isIdentifier } from '../hcl-text.ts';
import type { Scalar, Source } from '../source.ts';

type Row = Map<string, Scalar>;

/** Puts `matrix` or `for_each` into the job. Gives the names that `matrix` has there. */
export function convertMatrix(
  strategy: Source | undefined,
  block: Block,
  conversion: Conversion,
): ReadonlyMap<string, readonly Scalar[]> {
  const matrix = strategy?.entries.get('matrix');
  if (strategy === undefined || matrix === undefined) return new Map();
  strategy.isRead = true;
  // They do not stop each other anyway.
  if (strategy.entries.get('fail-fast')?.scalar === false) strategy.flagOf('fail-fast');
  const axes = new Map<string, Scalar[]>();
  for (const [name, source] of matrix.entries) {
    if (name === 'include' || name === 'exclude') continue;
    const values = source.items.filter(({ kind }) => kind === 'scalar');
    if (source.kind !== 'list' || values.length !== source.items.length || values.length === 0) {
      return unknown(matrix, block, conversion, 'its values are texts that stand in the file');
    }
    axes.set(name, values.map(scalarOf));
  }
  if (matrix.kind !== 'map' || [...matrix.entries.keys()].some((name) => !isIdentifier(name))) {
    return unknown(matrix, block, conversion, 'it is worked out by an expression');
  }
  const [include, exclude] = [rowsOf(matrix.entries.get('include')), rowsOf(matrix.entries.get('exclude'))];
  if (include === undefined || exclude === undefined)
    return unknown(matrix, block, conversion, 'include and exclude are lists of texts');
  matrix.plain();
  if (include.length === 0 && exclude.length === 0) {
    const inner = block.block('matrix');
    for (const [name, values] of axes) inner.set(name, values);
    return axes;
  }
  const rows = expand(axes, include, exclude);
  const names = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  const entries = rows.map((row): [string, HclValue] => [
    names
      .flatMap((name) => (row.has(name) ? [String(row.get(name))] : []))
      .slice(0, Math.max(axes.size, 2))
      .join('-'),
    // Every combination has all names, as an expression that uses one must find it in each.
    new Map<string, HclValue>(names.map((name) => [name, row.get(name) ?? ''])),
  ]);
  block.set('for_each', new Map(unique(entries)));
  return new Map(names.map((name) => [name, rows.map((row) => row.get(name) ?? '')]));
}

/** As GitHub does it: what fits is added to, the rest are combinations of their own. */
function expand(axes: ReadonlyMap<string, readonly Scalar[]>, include: readonly Row[], exclude: readonly Row[]): Row[] {
  let rows: Row[] = axes.size === 0 ? [] : [new Map()];
  for (const [name, values] of axes)
    rows = rows.flatMap((row) => values.map((value) => new Map([...row, [name, value]])));
  rows = rows.filter((row) => !exclude.some((out) => [...out].every(([name, value]) => row.get(name) === value)));
  const made = rows.map((row) => new Map(row));
  for (const more of include) {
    let fits = false;
    rows.forEach((row, at) => {
      if ([...more].some(([name, value]) => axes.has(name) && row.get(name) !== value)) return;
      fits = true;
      for (const [name, value] of more) made[at]?.set(name, value);
    });
    if (!fits) made.push(new Map(more));
  }
  return made;
}

function rowsOf(source: Source | undefined): Row[] | undefined {
  if (source === undefined) return [];
  if (source.kind !== 'list') return undefined;
  const rows = source.items.map(
    (item) => new Map([...item.entries].map(([name, value]) => [name, scalarOf(value)] as const)),
  );
  const isPlain = source.items.every(
    (item) => item.kind === 'map' && [...item.entries.values()].every(({ kind }) => kind === 'scalar'),
  );
  return isPlain ? rows : undefined;
}

/** `3.10` stays what it is. */
const scalarOf = ({ scalar, written }: Source): Scalar =>
  typeof scalar === 'number' ? (String(scalar) === written ? scalar : written) : scalar;

function unique(entries: readonly [string, HclValue][]): [string, HclValue][] {
  const seen = new Set<string>();
  return entries.map(([wanted, value]) => {
    let key = wanted === '' ? 'x' : wanted;
    for (let number = 2; seen.has(key.toLowerCase()); number += 1) key = `${wanted}-${number}`;
    seen.add(key.toLowerCase());
    return [key, value];
  });
}

function unknown(
  matrix: Source,
  block: Block,
  conversion: Conversion,
  why: string,
): ReadonlyMap<string, readonly Scalar[]> {
  conversion.notConverted(block, matrix, why, 'write matrix or for_each by hand: docs/modules.md');
  return new Map();
}

/** `undefined`: the job has a matrix, and the axis is not in it. */
export const axisValues = (
  axes: ReadonlyMap<string, readonly Scalar[]>,
  text: string,
): readonly Scalar[] | undefined => {
  const name = /^\$\{\{\s*matrix\.([\w-]+)\s*\}\}$/.exec(text.trim())?.[1];
  return name === undefined ? undefined : axes.get(name);
};
