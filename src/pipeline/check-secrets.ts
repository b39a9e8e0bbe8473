/** A secret whose path or whose type's configuration needs another secret is fetched after it; in a circle none could be fetched. */
import type { LoadedVariable } from './load-variables.ts';
import type { Loading } from './loading.ts';
import { describeNeed } from './module-path.ts';
import { needName } from './needed-variables.ts';
import type { PlanScope } from './plan.ts';
import type { PlanTypes } from './plan-types.ts';
import type { PlanValue } from './plan-value.ts';
import { commandValues } from './plan-walk.ts';

export function checkSecrets(
  scope: PlanScope,
  types: PlanTypes,
  variables: ReadonlyMap<string, LoadedVariable>,
  loading: Loading,
): void {
  const done = new Set<string>();
  const path: string[] = [];
  const visitValues = (values: readonly PlanValue[]): void => {
    for (const value of values) {
      if (value.kind === 'deferred') for (const need of value.needs) visit(need);
    }
  };
  const visit = (need: string): void => {
    const at = path.indexOf(need);
    if (at >= 0) {
      reportCircle([...path.slice(at), need], variables, loading);
      return;
    }
    if (done.has(need)) return;
    path.push(need);
    const local = scope.locals[needName(need, 'local') ?? ''];
    if (local !== undefined) visitValues([local]);
    const binding = scope.variables[needName(need, 'var') ?? ''];
    if (binding?.kind === 'secret') {
      const type = types.secrets[binding.type];
      visitValues(Object.values(binding.params));
      if (type !== undefined)
        visitValues([...Object.values(type.config), ...(type.get === undefined ? [] : commandValues(type.get))]);
    }
    path.pop();
    done.add(need);
  };
  for (const name of Object.keys(scope.variables)) visit(`var.${name}`);
}

function reportCircle(
  circle: readonly string[],
  variables: ReadonlyMap<string, LoadedVariable>,
  loading: Loading,
): void {
  const name = circle.map((need) => needName(need, 'var')).find((found) => found !== undefined);
  const variable = name === undefined ? undefined : variables.get(name);
  const described = circle.map(describeNeed);
  const detail =
    circle.length === 2
      ? `This secret needs itself: where it is fetched from, or its type's configuration, uses ${described[0]}.`
      : `These secrets need each other, so none of them can be fetched: ${described.join(' → ')}.`;
  loading.error('circle', 'Secrets in a circle', detail, {
    subject: variable?.kind === 'secret' ? variable.block.headerRange : undefined,
  });
}
