import type { StepView } from '../../protocol/builds.ts';

const HOOKS = {
  on_success: 'on success',
  on_failure: 'on failure',
  on_error: 'on error',
  on_cancel: 'on cancel',
  ensure: 'always',
  notification: 'notify',
} as const satisfies Record<NonNullable<StepView['hook']>, string>;

const KINDS = {
  get: 'get',
  put: 'put',
  notify: 'notify',
  set_pipeline: 'set pipeline',
  check: 'check',
  service: 'service',
  task: undefined,
  in_parallel: undefined,
} as const satisfies Record<StepView['kind'], string | undefined>;

/** A service is up to four steps; their ids say which is which (protocol/events.ts). */
const SERVICE_PARTS: Readonly<Record<string, string>> = { start: 'start', ready: 'wait for', log: 'log', stop: 'stop' };

/** A step as its row says it: what kind of step, where that is not plain, and its name. */
export function stepTitle(step: Pick<StepView, 'id' | 'kind' | 'name' | 'hook' | 'summary'>): {
  readonly kind: string | undefined;
  readonly name: string;
} {
  if (step.hook !== undefined) {
    // A hook that is only a command has no name of its own: what it runs says more than its block's name twice.
    return { kind: HOOKS[step.hook], name: step.name === step.hook && step.summary !== '' ? step.summary : step.name };
  }
  if (step.kind === 'in_parallel') return { kind: undefined, name: step.name.replaceAll('_', ' ') };
  if (step.kind === 'service') {
    const part = step.id.slice(step.id.lastIndexOf(':') + 1);
    const kind = SERVICE_PARTS[part];
    if (kind === undefined) return { kind: KINDS.service, name: step.name };
    // The plan calls it `db start`, which the kind says already.
    return { kind, name: step.name.endsWith(` ${part}`) ? step.name.slice(0, -part.length - 1) : step.name };
  }
  return { kind: KINDS[step.kind], name: step.name };
}
