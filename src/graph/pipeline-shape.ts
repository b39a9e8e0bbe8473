import { assertNever } from '../lib/assert-never.ts';
import type { Pipeline } from '../pipeline/model.ts';
import type { Hooks, Step } from '../pipeline/plan-step.ts';

/** What of a pipeline can be seen from outside: enough to draw it. */
export interface PipelineShape {
  readonly resources: readonly { readonly address: string; readonly type: string; readonly name: string }[];
  readonly jobs: readonly JobShape[];
}

export interface JobShape {
  readonly name: string;
  readonly group: string;
  readonly inputs: readonly {
    readonly resource: string;
    readonly trigger: boolean;
    readonly passed: readonly string[];
  }[];
  /** Addresses of resources it puts. */
  readonly outputs: readonly string[];
}

/** Every step of a plan, groups and hooks included, in the order of the text. */
function* walk(steps: readonly Step[] | undefined): Generator<Step> {
  for (const step of steps ?? []) {
    yield step;
    if (step.kind === 'in_parallel') yield* walk(step.steps);
    yield* walkHooks(step.hooks);
  }
}

function* walkHooks(hooks: Hooks): Generator<Step> {
  yield* walk(hooks.onSuccess);
  yield* walk(hooks.onFailure);
  yield* walk(hooks.onError);
  yield* walk(hooks.onCancel);
  yield* walk(hooks.ensure);
}

export function shapeOfPipeline(pipeline: Pick<Pipeline, 'resources' | 'jobs'>): PipelineShape {
  return {
    resources: pipeline.resources.map(({ address, type, name }) => ({ address, type, name })),
    jobs: pipeline.jobs.map((job) => {
      const inputs: JobShape['inputs'][number][] = [];
      const outputs = new Set<string>();
      for (const step of [...walk(job.steps), ...walkHooks(job.hooks)]) {
        switch (step.kind) {
          case 'get':
            inputs.push({ resource: step.resource, trigger: step.trigger, passed: step.passed });
            break;
          case 'put':
            outputs.add(step.resource);
            break;
          case 'task':
          case 'notify':
          case 'set_pipeline':
          case 'in_parallel':
            break;
          default:
            assertNever(step);
        }
      }
      return { name: job.name, group: job.group, inputs, outputs: [...outputs] };
    }),
  };
}
