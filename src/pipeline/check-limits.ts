import type { Attribute } from '../hcl/syntax.ts';
import { exactParameter } from './expand-command.ts';
import type { ReadValue } from './expressions.ts';
import { BadLimit, isLimitName, type LimitName, readLimit } from './limits.ts';
import type { Loading } from './loading.ts';
import type { RunnerType } from './plan-types.ts';

/** Whether what is known now of the limits of a command can be one. What only a run knows is looked at then. */
export function checkLimits(
  type: RunnerType,
  attributes: readonly Attribute[],
  values: ReadonlyMap<string, ReadValue>,
  loading: Loading,
): void {
  for (const attribute of attributes) {
    const { name } = attribute;
    const plan = values.get(name)?.plan;
    if (!isLimitName(name) || plan?.kind !== 'known' || plan.value === null) continue;
    if (!takesLimit(type, name)) continue;
    const limit = readLimit(name, plan.value);
    if (!(limit instanceof BadLimit)) continue;
    loading.error('bad-limit', 'Not a limit', `${limit.problem}. ${limit.advice}`, {
      subject: attribute.expression.range,
    });
  }
}

/** Whether it is a limit for what is started on the worker, or of an engine that reads limits as we do. Other runners have words of their own: `512Mi`. */
function takesLimit({ builtin, run }: RunnerType, name: LimitName): boolean {
  return exactParameter(run[name] ?? '') === name || (builtin && (run.path === 'docker' || run.path === 'podman'));
}
