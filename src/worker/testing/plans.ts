/** Small plans for tests, as the loader would make them. */
import type { Json } from '../../lib/json.ts';
import type { BuildPlan, PlanService } from '../../pipeline/plan.ts';
import type { Hooks, InParallelStep, Step, TaskStep } from '../../pipeline/plan-step.ts';
import type { PlanTypes, RunnerCommand, RunnerType, ServiceType } from '../../pipeline/plan-types.ts';
import type { PlanValue } from '../../pipeline/plan-value.ts';
import type { BuildGrant } from '../../protocol/messages.ts';

export const PLACE = { file: 'pipeline.hcl', line: 3, column: 1 };

export const known = (value: Json): PlanValue => ({ kind: 'known', value });

export const deferred = (expression: string, ...needs: readonly string[]): PlanValue => ({
  kind: 'deferred',
  expression,
  needs: [...needs],
  at: PLACE,
  sensitive: needs.some((need) => need.startsWith('var.')),
});

export const EXEC: RunnerType = {
  name: 'exec',
  builtin: true,
  run: { path: '$path', args: ['$args'], dir: '$dir' },
  defaults: {},
};
export const SHELL: RunnerType = {
  name: 'shell',
  builtin: true,
  run: { path: '$shell', args: ['-ec', '$cmd'], dir: '$dir' },
  defaults: { shell: '/bin/sh' },
};

/** `sh -ec SCRIPT`. */
export function shell(script: string | PlanValue): RunnerCommand {
  return { runner: 'shell', params: { cmd: typeof script === 'string' ? known(script) : script }, at: PLACE };
}

export function exec(path: string, ...args: readonly string[]): RunnerCommand {
  return { runner: 'exec', params: { path: known(path), args: known(args) }, at: PLACE };
}

const COMMON = {
  at: PLACE,
  attempts: { count: 1, on: ['failure', 'error', 'timeout'], delayMs: 0 },
  allowFailure: false,
  hooks: {},
} satisfies Partial<Step>;

export function task(id: string, script: string | RunnerCommand, more: Partial<TaskStep> = {}): TaskStep {
  const run = typeof script === 'string' ? shell(script) : script;
  return { ...COMMON, kind: 'task', id, name: more.name ?? `t${id}`, run, env: {}, inputs: [], outputs: [], ...more };
}

export function inParallel(id: string, steps: readonly Step[], more: Partial<InParallelStep> = {}): InParallelStep {
  return { ...COMMON, kind: 'in_parallel', id, name: id, failFast: false, steps, ...more };
}

export function service(name: string, type: string = name): PlanService {
  return { id: `service:${name}`, type, name, params: {}, at: PLACE };
}

export function serviceType(name: string, start: string, more: Partial<ServiceType> = {}): ServiceType {
  return { name, builtin: false, params: [], defaults: {}, start: shell(start), ...more };
}

export function plan(
  steps: readonly Step[],
  more: Omit<Partial<BuildPlan>, 'types'> & { readonly hooks?: Hooks; readonly types?: Partial<PlanTypes> } = {},
): BuildPlan {
  return {
    schema: 1,
    job: 'test',
    services: [],
    steps: [...steps],
    hooks: {},
    tags: [],
    resources: {},
    scope: { variables: {}, locals: {} },
    ...more,
    types: {
      resources: {},
      services: {},
      secrets: {},
      notifications: {},
      ...more.types,
      runners: { exec: EXEC, shell: SHELL, ...more.types?.runners },
    },
  };
}

export function grantOf(buildPlan: BuildPlan, more: Partial<BuildGrant> = {}): BuildGrant {
  return {
    kind: 'build',
    attempt: 'attempt-1',
    attemptNumber: 1,
    fencing: 1,
    leaseMs: 30_000,
    build: { id: 'build-1', number: 7, job: 'test', pipeline: 'p', team: 'main', url: 'http://localhost/builds/7' },
    plan: buildPlan,
    inputs: {},
    ...more,
  };
}
