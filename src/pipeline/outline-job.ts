/** Jobs and their steps as outlines. */
import { assertNever } from '../lib/assert-never.ts';
import type { Approval } from './approval.ts';
import type { JobInput } from './job-input.ts';
import type { Job } from './model.ts';
import {
  duration,
  given,
  header,
  known,
  type OutlineBlock,
  type OutlineEntries,
  optionalBlock,
  otherEntries,
  outlineBlock,
  planned,
  plannedEntries,
} from './outline.ts';
import type { PlanService } from './plan.ts';
import type { Hooks, RetryRule, Step, TaskCache, VersionChoice } from './plan-step.ts';
import type { RunnerCommand } from './plan-types.ts';
import { hookEntries } from './plan-walk.ts';

export function outlineJob(job: Job): OutlineBlock {
  const {
    name,
    group,
    at: _at,
    services,
    steps,
    hooks,
    notices = [],
    priority,
    timeoutMs,
    each,
    inputs,
    approvals,
    retain,
    ...rest
  } = job;
  return outlineBlock(
    header('job', name),
    {
      ...otherEntries(rest),
      timeout: duration(timeoutMs),
      priority: given(priority === 0 ? undefined : priority),
      group: given(group === name ? undefined : group),
      'each.key': given(each?.key),
      'each.value': given(each?.value),
    },
    [
      inputs && outlineBlock('inputs', {}, inputs.map(outlineInput)),
      ...(approvals ?? []).map(outlineApproval),
      retain && outlineBlock('retain', { builds: given(retain.builds), days: given(retain.days) }),
      ...services.map(outlineService),
      ...steps.map(outlineStep),
      ...outlineHooks(hooks),
      ...notices.map(({ on, step }) => outlineBlock('notification', { on: known([...on]) }, [outlineStep(step)])),
    ],
  );
}

function outlineInput({ name, type, required, sensitive, ...rest }: JobInput): OutlineBlock {
  return outlineBlock(name, {
    type: { text: type, sensitive: false },
    description: given(rest.description),
    default: rest.default === undefined ? undefined : known(rest.default),
    options: given(rest.options),
    required: given(required),
    sensitive: given(sensitive),
  });
}

function outlineApproval({ label, approvals, timeoutMs, message }: Approval): OutlineBlock {
  return outlineBlock(header('approve', label), {
    approvals: given(approvals === 1 ? undefined : approvals),
    timeout: duration(timeoutMs),
    message: given(message),
  });
}

function outlineService({ type, name, params }: PlanService): OutlineBlock {
  return outlineBlock(header('service', name), {
    ...plannedEntries(params),
    type: given(type === name ? undefined : type),
  });
}

function outlineHooks(hooks: Hooks): OutlineBlock[] {
  return hookEntries(hooks).map(({ name, steps }) =>
    outlineBlock(
      name,
      {},
      steps.map((step) => {
        const outline = outlineStep(step);
        // A labelled hook is a runner command, of which the model makes a task by the hook's name.
        const [command, ...more] = outline.blocks;
        const bare = step.kind === 'task' && step.name === name && outline.attributes.size === 0 && more.length === 0;
        return bare && command !== undefined ? command : outline;
      }),
    ),
  );
}

function outlineStep(step: Step): OutlineBlock {
  const common: OutlineEntries = {
    if: step.if && planned(step.if),
    timeout: duration(step.timeoutMs),
    attempts: attemptsOf(step.attempts),
    allow_failure: given(step.allowFailure),
  };
  const hooks = outlineHooks(step.hooks);
  switch (step.kind) {
    case 'get':
      return outlineBlock(
        header('get', ...addressLabels(step.resource)),
        {
          trigger: given(step.trigger),
          passed: given(step.passed),
          version: versionOf(step.version),
          ...common,
        },
        [optionalBlock('params', plannedEntries(step.params)), ...hooks],
      );
    case 'put':
      return outlineBlock(header('put', ...addressLabels(step.resource)), { no_get: given(step.noGet), ...common }, [
        optionalBlock('params', plannedEntries(step.params)),
        ...hooks,
      ]);
    case 'task':
      return outlineBlock(
        header('task', step.name),
        { inputs: given(step.inputs), outputs: given(step.outputs), dir: step.dir && planned(step.dir), ...common },
        [
          outlineCommand('run', step.run),
          optionalBlock('env', plannedEntries(step.env)),
          step.idToken && outlineBlock('id_token', { aud: planned(step.idToken) }),
          ...(step.caches ?? []).map(outlineCache),
          step.reports && outlineBlock('reports', { junit: given(step.reports.junit) }),
          ...hooks,
        ],
      );
    case 'notify':
      return outlineBlock(
        header('notify', step.type, step.name),
        { message: step.message && planned(step.message), ...plannedEntries(step.attributes), ...common },
        [optionalBlock('params', plannedEntries(step.params)), ...hooks],
      );
    case 'set_pipeline':
      return outlineBlock(header('set_pipeline', step.pipeline), { file: planned(step.file), ...common }, [
        optionalBlock('vars', plannedEntries(step.vars)),
        optionalBlock('instance_vars', plannedEntries(step.instanceVars ?? {})),
        ...hooks,
      ]);
    case 'in_parallel':
      return outlineBlock('in_parallel', { limit: given(step.limit), fail_fast: given(step.failFast), ...common }, [
        ...step.steps.map(outlineStep),
        ...hooks,
      ]);
    default:
      return assertNever(step);
  }
}

const outlineCache = ({ key, paths, restoreKeys }: TaskCache): OutlineBlock =>
  outlineBlock('cache', {
    key: planned(key),
    paths: given(paths),
    restore_keys: restoreKeys && planned(restoreKeys),
  });

export function outlineCommand(type: string, { runner, params, through }: RunnerCommand): OutlineBlock {
  return outlineBlock(header(type, runner), plannedEntries(params), [
    through && outlineBlock(header('runner', through.runner), plannedEntries(through.params)),
  ]);
}

/** `git.my-app` to `git`, `my-app`: a type's name has no dot. */
export function addressLabels(address: string): readonly string[] {
  const dot = address.indexOf('.');
  return dot < 0 ? [address] : [address.slice(0, dot), address.slice(dot + 1)];
}

function attemptsOf({ count, on, delayMs }: RetryRule) {
  if (count === 1) return undefined;
  return on.length === 3 && delayMs === 0
    ? known(count)
    : known({ count, on, ...(delayMs > 0 && { delay_ms: delayMs }) });
}

function versionOf(version: VersionChoice) {
  if (typeof version === 'string') return given(version === 'latest' ? undefined : version);
  return known(version.pinned);
}
