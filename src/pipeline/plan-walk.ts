import { assertNever } from '../lib/assert-never.ts';
import type { BuildPlan } from './plan.ts';
import type { Hooks, Step } from './plan-step.ts';
import type { RunnerCommand } from './plan-types.ts';
import type { PlanValue } from './plan-value.ts';

/** The hooks in the order in which they are shown, each with the name it has in the text. */
export const HOOK_NAMES = {
  onSuccess: 'on_success',
  onFailure: 'on_failure',
  onError: 'on_error',
  onCancel: 'on_cancel',
  ensure: 'ensure',
} as const satisfies Record<keyof Hooks, string>;
export type HookName = (typeof HOOK_NAMES)[keyof Hooks];

/** Each hook that has steps, with its name. */
export function hookEntries(hooks: Hooks): { name: HookName; steps: readonly Step[] }[] {
  return (Object.keys(HOOK_NAMES) as (keyof Hooks)[]).flatMap((key) => {
    const steps = hooks[key];
    return steps === undefined || steps.length === 0 ? [] : [{ name: HOOK_NAMES[key], steps }];
  });
}

/** Every step of a plan, those in groups and hooks too, parents first. */
export function* allSteps(steps: readonly Step[], hooks: Hooks = {}): Generator<Step> {
  for (const step of steps) {
    yield step;
    if (step.kind === 'in_parallel') yield* allSteps(step.steps);
    yield* allSteps([], step.hooks);
  }
  for (const { steps: following } of hookEntries(hooks)) yield* allSteps(following);
}

/**
 * Whether it does something out there that must not be done twice without being asked: then a build is not tried again by itself. What the server keeps with the
 * build is nothing of that kind.
 */
export function actsOutside(step: Step, plan: Pick<BuildPlan, 'resources' | 'types'>): boolean {
  if (step.kind === 'notify') return true;
  if (step.kind !== 'put') return false;
  const type = plan.resources[step.resource]?.type ?? '';
  return plan.types.resources[type]?.engine === undefined;
}

/** The values of a runner command. */
export function commandValues(command: RunnerCommand): PlanValue[] {
  return [...Object.values(command.params), ...Object.values(command.through?.params ?? {})];
}

/** The values that a step itself is evaluated with: not those of its hooks, its children or its type. */
export function stepValues(step: Step): PlanValue[] {
  const condition = step.if === undefined ? [] : [step.if];
  switch (step.kind) {
    case 'get':
    case 'put':
      return [...condition, ...Object.values(step.params)];
    case 'task':
      return [
        ...condition,
        ...commandValues(step.run),
        ...Object.values(step.env),
        ...(step.dir === undefined ? [] : [step.dir]),
        ...(step.idToken === undefined ? [] : [step.idToken]),
        ...(step.caches ?? []).flatMap(({ key, restoreKeys }) =>
          restoreKeys === undefined ? [key] : [key, restoreKeys],
        ),
      ];
    case 'notify':
      return [
        ...condition,
        ...(step.message === undefined ? [] : [step.message]),
        ...Object.values(step.params),
        ...Object.values(step.attributes),
      ];
    case 'set_pipeline':
      return [...condition, step.file, ...Object.values(step.vars), ...Object.values(step.instanceVars ?? {})];
    case 'in_parallel':
      return condition;
    default:
      return assertNever(step);
  }
}
