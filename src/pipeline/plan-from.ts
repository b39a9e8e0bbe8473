/**
 * The plan of a build that begins at a later step. What stands before it is skipped, so that it is shown as such; a `get` there still happens, for without the
 * sources there is nothing to work on. Hooks of what is skipped do not run, services are started all the same.
 */
import { CodedError } from '../lib/coded-error.ts';
import { nearest } from '../lib/nearest.ts';
import type { BuildPlan } from './plan.ts';
import type { Step } from './plan-step.ts';
import { allSteps } from './plan-walk.ts';

/** `wanted`: the name or the id of a step of the job. Throws `usage.bad_value`. */
export function planFrom(plan: BuildPlan, wanted: string): BuildPlan {
  const at = plan.steps.findIndex((step) => isNamed(step, wanted));
  if (at < 0) throw noSuchStep(plan, wanted);
  return { ...plan, steps: plan.steps.map((step, index) => (index < at ? passedOver(step) : step)) };
}

const isNamed = (step: Step, wanted: string): boolean => step.id === wanted || step.name === wanted;

function passedOver(step: Step): Step {
  switch (step.kind) {
    case 'get':
      return step;
    case 'in_parallel':
      return { ...step, hooks: {}, steps: step.steps.map(passedOver) };
    default:
      return { ...step, if: { kind: 'known', value: false } };
  }
}

function noSuchStep(plan: BuildPlan, wanted: string): CodedError {
  for (const step of plan.steps) {
    if (![...allSteps([step])].some((inner) => isNamed(inner, wanted))) continue;
    const outer = step.kind === 'in_parallel' ? `the group ${step.id}` : `the step ${step.name}`;
    return new CodedError('usage.bad_value', `--from: "${wanted}" is inside ${outer} of the job ${plan.job}`, {
      hint: `a run begins at a step of the job itself: --from ${step.kind === 'in_parallel' ? step.id : step.name}`,
    });
  }
  const names = plan.steps.map((step) => (step.kind === 'in_parallel' ? step.id : step.name));
  const near = nearest(wanted, names);
  return new CodedError('usage.bad_value', `--from: the job ${plan.job} has no step "${wanted}"`, {
    hint: near === undefined ? `it has ${names.join(', ') || 'none'}` : `did you mean ${near}?`,
  });
}
