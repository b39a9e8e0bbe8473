import type { StepState, StepView } from '../../protocol/builds.ts';
import type { BuildStatus, StepStatus } from '../../protocol/status.ts';

/** A plan with one of everything: services, gets, a group, hooks, puts. */
export function stepsOf(gets: readonly string[], puts: readonly string[]): StepView[] {
  return [
    { id: 'service:postgresql:start', name: 'postgresql', kind: 'service', summary: 'start' },
    { id: 'service:postgresql:ready', name: 'postgresql ready', kind: 'service', summary: 'ready_check' },
    ...gets.map(
      (address, i): StepView => ({
        id: `${i + 1}`,
        name: address.slice(address.indexOf('.') + 1),
        kind: 'get',
        summary: address,
      }),
    ),
    { id: '3', name: 'in parallel', kind: 'in_parallel', summary: '' },
    { id: '3.1', name: 'install', kind: 'task', parent: '3', summary: 'exec npm ci' },
    { id: '3.2', name: 'generate', kind: 'task', parent: '3', summary: 'exec npm run generate' },
    { id: '4', name: 'run-tests', kind: 'task', summary: 'docker node:24 npm test' },
    {
      id: '4.on_failure.1',
      name: 'keep-screenshots',
      kind: 'task',
      parent: '4',
      hook: 'on_failure',
      summary: 'exec tar',
    },
    ...puts.map(
      (address): StepView => ({
        id: '5',
        name: address.slice(address.indexOf('.') + 1),
        kind: 'put',
        summary: address,
      }),
    ),
    { id: 'ensure.1', name: 'tell-chat', kind: 'notify', hook: 'ensure', summary: 'slack' },
    { id: 'service:postgresql:stop', name: 'postgresql', kind: 'service', summary: 'stop' },
  ];
}

const PARTS: Readonly<Record<string, readonly [from: number, to: number]>> = {
  'service:postgresql:start': [0, 0.05],
  'service:postgresql:ready': [0.05, 0.11],
  '1': [0.11, 0.15],
  '2': [0.15, 0.17],
  '3.1': [0.17, 0.4],
  '3.2': [0.17, 0.26],
  '4': [0.4, 0.9],
  '4.on_failure.1': [0.9, 0.94],
  '5': [0.9, 0.96],
  'ensure.1': [0.96, 0.98],
  'service:postgresql:stop': [0.98, 1],
};

/** What each step came to in a build that ended so, or runs. */
export function passingSteps(
  steps: readonly StepView[],
  startedAt: number,
  endedAt: number | null,
  build: BuildStatus,
): StepState[] {
  const length = (endedAt ?? startedAt + 180_000) - startedAt;
  return steps.flatMap((step): StepState[] => {
    const part = PARTS[step.id];
    if (part === undefined) return [];
    const status = statusOf(step, build);
    if (status === undefined) return [];
    const state: StepState = {
      step: step.id,
      try: step.id === '1' && startedAt % 7 === 0 ? 2 : 1,
      status,
      startedAt: Math.round(startedAt + part[0] * length),
      endedAt: status === 'running' ? null : Math.round(startedAt + part[1] * length),
      logBytes: step.kind === 'task' || step.kind === 'get' ? 1_000 : 0,
    };
    if (status === 'failed')
      return [{ ...state, exitCode: 1, problem: { code: 'step.exit_code', message: 'exit code 1' } }];
    return [status === 'succeeded' ? { ...state, exitCode: 0 } : state];
  });
}

function statusOf(step: StepView, build: BuildStatus): StepStatus | undefined {
  const late = ['4.on_failure.1', '5', 'ensure.1', 'service:postgresql:stop'].includes(step.id);
  switch (build) {
    case 'running':
      return step.id === '4' ? 'running' : late ? undefined : 'succeeded';
    case 'failed':
      return step.id === '4' ? 'failed' : step.id === '5' ? undefined : 'succeeded';
    case 'errored':
      return step.id === '4' ? 'errored' : late ? undefined : 'succeeded';
    case 'cancelled':
      return step.id === '4' ? 'cancelled' : step.hook !== undefined || step.id === '5' ? undefined : 'succeeded';
    case 'warning':
      return step.id === '4' ? 'warning' : 'succeeded';
    default:
      return step.hook === 'on_failure' ? undefined : 'succeeded';
  }
}
