import type { PlanScope, VariableBinding } from './plan.ts';
import type { PlanTypes } from './plan-types.ts';
import type { PlanValue } from './plan-value.ts';
import { commandValues } from './plan-walk.ts';

/** A variable that must be resolved on the worker before the values that asked for it can be evaluated. */
export interface NeededVariable {
  readonly name: string;
  readonly binding: Exclude<VariableBinding, { kind: 'known' }>;
}

/** The name after the root of a need: `db` of `var.db`. Of variables and locals a need has the name and nothing after it. */
export function needName(need: string, root: string): string | undefined {
  return need.startsWith(`${root}.`) ? need.slice(root.length + 1) : undefined;
}

/**
 * The secret and sealed variables that these values need, directly, through locals, and through the secrets' own parameters and types'
 * configuration. Each comes after those it needs itself, so they can be fetched in this order. The loader refuses circles.
 */
export function neededVariables(
  plan: { readonly scope: PlanScope; readonly types: Pick<PlanTypes, 'secrets'> },
  values: Iterable<PlanValue>,
): NeededVariable[] {
  const found = new Map<string, NeededVariable>();
  const visited = new Set<string>();
  const visit = (value: PlanValue): void => {
    if (value.kind === 'known') return;
    for (const need of value.needs) {
      if (visited.has(need)) continue;
      visited.add(need);
      const local = plan.scope.locals[needName(need, 'local') ?? ''];
      if (local !== undefined) visit(local);
      const name = needName(need, 'var');
      const binding = name === undefined ? undefined : plan.scope.variables[name];
      if (name === undefined || binding === undefined || binding.kind === 'known' || found.has(name)) continue;
      if (binding.kind === 'secret') {
        const type = plan.types.secrets[binding.type];
        const own = [...Object.values(binding.params), ...Object.values(type?.config ?? {})];
        for (const inner of type === undefined
          ? own
          : [...own, ...(type.get === undefined ? [] : commandValues(type.get))])
          visit(inner);
      }
      found.set(name, { name, binding });
    }
  };
  for (const value of values) visit(value);
  return [...found.values()];
}
