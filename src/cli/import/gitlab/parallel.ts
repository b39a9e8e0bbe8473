/** `parallel`: one job for each number, or for each combination of variables. */
import type { Block } from '../hcl-block.ts';
import { Expression, type HclValue, member } from '../hcl-text.ts';
import type { Scalar, Source } from '../source.ts';
import type { JobPlace } from './job.ts';

const MOST = 200;

/** Puts `matrix` or `for_each` into the job. Gives the variables that are others in each. */
export function readParallel(source: Source, block: Block, place: JobPlace): ReadonlyMap<string, HclValue> {
  const parallel = source.get('parallel');
  if (parallel === undefined) return new Map();
  const count = source.numberOf('parallel');
  if (count !== undefined && count >= 1 && count <= MOST) {
    block.block('matrix').set(
      'index',
      Array.from({ length: count }, (_, at) => at + 1),
    );
    return new Map<string, HclValue>([
      ['CI_NODE_INDEX', new Expression('each.value.index')],
      ['CI_NODE_TOTAL', String(count)],
    ]);
  }
  const matrix = parallel.entries.get('matrix');
  const rows = matrix?.kind === 'list' ? matrix.items.flatMap(combinations) : [];
  if (matrix === undefined || rows.length === 0 || rows.length > MOST) {
    place.pipeline.conversion.notConverted(
      block,
      parallel,
      'it is no list of variables that stands in the file',
      'write matrix by hand: docs/modules.md',
    );
    return new Map();
  }
  parallel.get('matrix')?.plain();
  const [only, ...more] = matrix.items;
  const names = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  if (only !== undefined && more.length === 0) {
    const inner = block.block('matrix');
    for (const [name, value] of only.entries) inner.set(name, valuesOf(value));
  } else {
    const entries = rows.map((row): [string, HclValue] => [
      names.flatMap((name) => (row.has(name) ? [String(row.get(name))] : [])).join('-'),
      new Map<string, HclValue>(names.map((name) => [name, row.get(name) ?? ''])),
    ]);
    block.set('for_each', new Map(entries));
  }
  return new Map(names.map((name) => [name, new Expression(member('each.value', name))]));
}

const valuesOf = (source: Source): Scalar[] =>
  (source.kind === 'list' ? source.items : [source]).map(({ scalar, written }) =>
    typeof scalar === 'string' ? scalar : written,
  );

function combinations(row: Source): Map<string, Scalar>[] {
  let found: Map<string, Scalar>[] = [new Map()];
  for (const [name, source] of row.entries)
    found = found.flatMap((one) => valuesOf(source).map((value) => new Map([...one, [name, value]])));
  return found;
}
