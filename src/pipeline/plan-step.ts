/** Steps of a plan, and what follows them. */
import { z } from 'zod';
import { type RunnerCommand, runnerCommand } from './plan-types.ts';
import { json, type PlanValue, planValue, planValues, type SourcePlace, sourcePlace } from './plan-value.ts';

/** When a failed step is tried again. `on` says after which outcomes. */
export const retryRule = z.object({
  count: z.int().min(1),
  on: z.array(z.enum(['failure', 'error', 'timeout'])),
  delayMs: z.int(),
});
export type RetryRule = z.infer<typeof retryRule>;

/** Which version a `get` asks for. */
export const versionChoice = z.union([
  z.literal('latest'),
  z.literal('every'),
  z.object({ pinned: z.record(z.string(), json) }),
]);
export type VersionChoice = z.infer<typeof versionChoice>;

interface StepCommon {
  /** Unique in the plan and stable for one text of the pipeline: `1`, `3.2`, `2.on_failure.1`. */
  readonly id: string;
  readonly name: string;
  readonly at: SourcePlace;
  readonly if?: PlanValue | undefined;
  readonly timeoutMs?: number | undefined;
  readonly attempts: RetryRule;
  readonly allowFailure: boolean;
  readonly hooks: Hooks;
}

/** What follows a step, a group or the job, by its outcome. `ensure` follows whatever happened. */
export interface Hooks {
  readonly onSuccess?: readonly Step[] | undefined;
  readonly onFailure?: readonly Step[] | undefined;
  readonly onError?: readonly Step[] | undefined;
  readonly onCancel?: readonly Step[] | undefined;
  readonly ensure?: readonly Step[] | undefined;
}

export interface GetStep extends StepCommon {
  readonly kind: 'get';
  /** Address of the resource, `git.my-app`. The step's name is the resource's name. */
  readonly resource: string;
  readonly trigger: boolean;
  /** Names of jobs, already expanded (`for_each`). */
  readonly passed: readonly string[];
  readonly version: VersionChoice;
  readonly params: Readonly<Record<string, PlanValue>>;
}

/** Paths that are brought back before a task and kept after it. */
export interface TaskCache {
  readonly key: PlanValue;
  /** Paths and patterns in the build's directory. */
  readonly paths: readonly string[];
  /** A list of texts: when nothing has that key, the newest whose key begins with one of them is taken. */
  readonly restoreKeys?: PlanValue | undefined;
  readonly at: SourcePlace;
}

export interface TaskStep extends StepCommon {
  readonly kind: 'task';
  readonly run: RunnerCommand;
  readonly env: Readonly<Record<string, PlanValue>>;
  /** Relative to the build's directory. */
  readonly dir?: PlanValue | undefined;
  /** Whom a token is for that says which build this is: `PIKOCI_ID_TOKEN`. */
  readonly idToken?: PlanValue | undefined;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Patterns of the files that tell how tests went, read after the command. */
  readonly reports?: { readonly junit: readonly string[] } | undefined;
  readonly caches?: readonly TaskCache[] | undefined;
}

export interface PutStep extends StepCommon {
  readonly kind: 'put';
  readonly resource: string;
  readonly params: Readonly<Record<string, PlanValue>>;
  /** True: what was pushed is not fetched again. */
  readonly noGet: boolean;
}

export interface NotifyStep extends StepCommon {
  readonly kind: 'notify';
  /** The notification type's name; `params` are those of its `notification` block. */
  readonly type: string;
  readonly message?: PlanValue | undefined;
  readonly params: Readonly<Record<string, PlanValue>>;
  /** The step's own attributes, handed over as `notify_<key>`. */
  readonly attributes: Readonly<Record<string, PlanValue>>;
}

export interface SetPipelineStep extends StepCommon {
  readonly kind: 'set_pipeline';
  /** The pipeline that is set, or whose instance is. */
  readonly pipeline: string;
  /** Its file, relative to the build's directory. */
  readonly file: PlanValue;
  readonly vars: Readonly<Record<string, PlanValue>>;
  /** Variables that tell this instance from the others; without them it is the pipeline itself. */
  readonly instanceVars?: Readonly<Record<string, PlanValue>> | undefined;
}

export interface InParallelStep extends StepCommon {
  readonly kind: 'in_parallel';
  readonly limit?: number | undefined;
  readonly failFast: boolean;
  readonly steps: readonly Step[];
}

export type Step = GetStep | TaskStep | PutStep | NotifyStep | SetPipelineStep | InParallelStep;

const stepCommon = {
  id: z.string(),
  name: z.string(),
  at: sourcePlace,
  if: planValue.optional(),
  timeoutMs: z.int().optional(),
  attempts: retryRule,
  allowFailure: z.boolean(),
};

const taskCache = z.object({
  key: planValue,
  paths: z.array(z.string()),
  restoreKeys: planValue.optional(),
  at: sourcePlace,
});

export const hooks: z.ZodType<Hooks> = z.lazy(() =>
  z.object({
    onSuccess: z.array(step).optional(),
    onFailure: z.array(step).optional(),
    onError: z.array(step).optional(),
    onCancel: z.array(step).optional(),
    ensure: z.array(step).optional(),
  }),
);

export const notifyStep = z.object({
  ...stepCommon,
  hooks,
  kind: z.literal('notify'),
  type: z.string(),
  message: planValue.optional(),
  params: planValues,
  attributes: planValues,
});

export const step: z.ZodType<Step> = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.object({
      ...stepCommon,
      hooks,
      kind: z.literal('get'),
      resource: z.string(),
      trigger: z.boolean(),
      passed: z.array(z.string()),
      version: versionChoice,
      params: planValues,
    }),
    z.object({
      ...stepCommon,
      hooks,
      kind: z.literal('task'),
      run: runnerCommand,
      env: planValues,
      dir: planValue.optional(),
      idToken: planValue.optional(),
      inputs: z.array(z.string()),
      outputs: z.array(z.string()),
      reports: z.object({ junit: z.array(z.string()) }).optional(),
      caches: z.array(taskCache).optional(),
    }),
    z.object({
      ...stepCommon,
      hooks,
      kind: z.literal('put'),
      resource: z.string(),
      params: planValues,
      noGet: z.boolean(),
    }),
    notifyStep,
    z.object({
      ...stepCommon,
      hooks,
      kind: z.literal('set_pipeline'),
      pipeline: z.string(),
      file: planValue,
      vars: planValues,
      instanceVars: planValues.optional(),
    }),
    z.object({
      ...stepCommon,
      hooks,
      kind: z.literal('in_parallel'),
      limit: z.int().optional(),
      failFast: z.boolean(),
      steps: z.array(step),
    }),
  ]),
);
