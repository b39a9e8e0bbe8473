/** `across`: a step for every combination of values, written out. */
import { Block } from '../hcl-block.ts';
import type { Source } from '../source.ts';
import type { StepPlace } from './steps.ts';

const MOST = 50;

export function acrossAll(
  step: Source,
  out: Block,
  place: StepPlace,
  convertOne: (step: Source, out: Block, place: StepPlace) => unknown,
): void {
  const { conversion } = place.concourse;
  const across = step.entries.get('across');
  const axes = across?.items ?? [];
  const values = axes.map((axis) => (axis.entries.get('values')?.items ?? []).filter(({ kind }) => kind === 'scalar'));
  const count = values.reduce((product, { length }) => product * length, 1);
  if (
    across === undefined ||
    count === 0 ||
    count > MOST ||
    axes.some((axis, at) => axis.entries.get('values')?.items.length !== values[at]?.length)
  ) {
    const why = count > MOST ? `it makes ${count} steps` : 'its values are texts that stand in the file';
    conversion.notConverted(out, step, why, 'a job with matrix or for_each, or dynamic steps: docs/modules.md');
    return;
  }
  across.isRead = true;
  const names = axes.map((axis) => axis.textOf('var') ?? '');
  const most = Math.max(
    ...axes.map((axis) => (axis.textOf('max_in_flight') === 'all' ? count : (axis.numberOf('max_in_flight') ?? 1))),
  );
  for (const axis of axes) axis.get('values')?.plain();
  const group = new Block('in_parallel');
  if (most < count) group.set('limit', most);
  if (step.flagOf('fail_fast') === true) group.set('fail_fast', true);
  for (const chosen of combinations(values)) {
    const locals = new Map(place.locals);
    names.forEach((name, at) => void locals.set(name, () => chosen[at]?.text()));
    convertOne(step, group, { ...place, locals });
  }
  out.add(group);
}

function combinations(values: readonly (readonly Source[])[]): Source[][] {
  return values.reduce<Source[][]>((rows, axis) => rows.flatMap((row) => axis.map((value) => [...row, value])), [[]]);
}
