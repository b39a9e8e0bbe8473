/** What is given to a pipeline that a build sets is kept by the server. A secret is kept by its store alone, so it must not be among it. */
import type { Loading } from './loading.ts';
import type { Job } from './model.ts';
import { describeNeed } from './module-path.ts';
import { neededVariables } from './needed-variables.ts';
import type { PlanScope } from './plan.ts';
import type { PlanTypes } from './plan-types.ts';
import { allSteps } from './plan-walk.ts';

export function checkSetPipelines(
  jobs: readonly Job[],
  plan: { readonly scope: PlanScope; readonly types: PlanTypes },
  loading: Loading,
): void {
  for (const { steps, hooks } of jobs) {
    for (const step of allSteps(steps, hooks)) {
      if (step.kind !== 'set_pipeline') continue;
      for (const [name, value] of Object.entries(step.vars)) {
        const secret = neededVariables(plan, [value]).find(({ binding }) => binding.kind === 'secret');
        if (secret === undefined || value.kind === 'known') continue;
        const { file, line, column } = value.at;
        const position = { line, column, byte: 0 };
        const detail = `"${name}" is kept with the pipeline that is set, and ${describeNeed(`var.${secret.name}`)} comes from a secret, which only its store keeps. Let the pipeline that is set have a variable with that secret.`;
        loading.error('secret-kept', 'Secret that would be kept', detail, {
          subject: { file, start: position, end: position },
        });
      }
    }
  }
}
