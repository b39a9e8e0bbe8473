/**
 * What one build of a job does, step by step: the part of a pipeline that leaves the server.
 *
 * A plan is JSON: it is stored with the build, so that a retry repeats it, and it crosses the wire to a worker, which
 * parses it with these schemas. Everything that could be computed when the pipeline was set is a known value. What only a run can know
 * (secrets, `build.*`, `get.*`, `task.*`, `input.*`, sensitive variables) stays an expression and is evaluated on the worker (run-time.ts).
 */
import { z } from 'zod';
import type { Json } from '../lib/json.ts';
import { approval } from './approval.ts';
import { jobInput } from './job-input.ts';

const json = z.json() as z.ZodType<Json>;

/** A place in a pipeline's text, for messages. Lines and columns count from 1. */
export const sourcePlace = z.object({ file: z.string(), line: z.int(), column: z.int() });
export type SourcePlace = z.infer<typeof sourcePlace>;

/**
 * A value of the plan. `deferred` keeps the text of an HCL expression and the names it needs, each a traversal's text such as
 * `var.db_password`, `build.number`, `get.my-app.ref`, `task.compile.version`.
 */
export const planValue = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('known'), value: json }),
  z.object({
    kind: z.literal('deferred'),
    expression: z.string(),
    needs: z.array(z.string()),
    at: sourcePlace,
    /** True when a secret or a sensitive variable is among what it needs, directly or through a local. */
    sensitive: z.boolean(),
  }),
]);
export type PlanValue = z.infer<typeof planValue>;

const planValues = z.record(z.string(), planValue);

/**
 * `check "exec" { path = "…" }`: a runner's name, and its parameters. `through` is the `runner "docker" { … }` of the type the command
 * belongs to: what the inner runner would start is started by that one, as its `cmd` (expand-command.ts does it).
 */
export const runnerCommand = z.object({
  runner: z.string(),
  params: planValues,
  at: sourcePlace,
  through: z.object({ runner: z.string(), params: planValues }).optional(),
});
export type RunnerCommand = z.infer<typeof runnerCommand>;

/** A command a runner type is made of. `$name` in `path` and `args` stands for a parameter (LANGUAGE.md §3). */
export const commandTemplate = z.object({
  path: z.string(),
  args: z.array(z.string()),
  /** Where it starts, relative to the build's directory; `$name` as in `args`. */
  dir: z.string().optional(),
});
export type CommandTemplate = z.infer<typeof commandTemplate>;

export const runnerType = z.object({
  name: z.string(),
  /** True for one that came from `pikoci://`: its `cmd` may hold secrets, which then go into a private file. */
  builtin: z.boolean(),
  run: commandTemplate,
  prepare: commandTemplate.optional(),
  cancel: commandTemplate.optional(),
  cleanup: commandTemplate.optional(),
  /** Where the build's directory appears inside, for example `/workdir`. */
  workdir: z.string().optional(),
  /** Exit codes of `run` by which its program says that it could not start the command: then the step erred, and the command did not fail. */
  errorExitCodes: z.array(z.int()).optional(),
  /** Defaults of parameters, for example `shell = "/bin/sh"`. */
  defaults: z.record(z.string(), json),
});
export type RunnerType = z.infer<typeof runnerType>;

export const resourceType = z.object({
  name: z.string(),
  builtin: z.boolean(),
  params: z.array(z.string()),
  cache: z.boolean(),
  /** Pulled and pushed by the worker itself, and never checked: the server keeps what a `put` made. Only built-in types have it. */
  engine: z.enum(['artifact']).optional(),
  /** Absent for a type whose versions are made by the server itself (`cron`, when it has no check command). */
  check: runnerCommand.optional(),
  pull: runnerCommand.optional(),
  push: runnerCommand.optional(),
});
export type ResourceType = z.infer<typeof resourceType>;

export const serviceType = z.object({
  name: z.string(),
  builtin: z.boolean(),
  params: z.array(z.string()),
  /** Values for parameters that an instance does not give. */
  defaults: planValues,
  start: runnerCommand,
  readyCheck: z.object({ command: runnerCommand, intervalMs: z.int(), timeoutMs: z.int() }).optional(),
  stop: runnerCommand.optional(),
});
export type ServiceType = z.infer<typeof serviceType>;

export const secretType = z.object({
  name: z.string(),
  builtin: z.boolean(),
  params: z.array(z.string()),
  /** Attributes of the type that are configuration handed to `get` as `param_<name>`. */
  config: planValues,
  /** Absent for built-in types whose answers the server gives (`server`). */
  get: runnerCommand.optional(),
  /** What the server is asked for: a secret that it keeps, or a token that says who the build is. */
  server: z.enum(['secret', 'id_token']).optional(),
  /** Names of the worker's own environment that `get` sees too: `VAULT_ADDR`. Only built-in types have any. */
  passEnv: z.array(z.string()).optional(),
});
export type SecretType = z.infer<typeof secretType>;

export const notificationType = z.object({
  name: z.string(),
  builtin: z.boolean(),
  params: z.array(z.string()),
  notify: runnerCommand,
});
export type NotificationType = z.infer<typeof notificationType>;

/** The types a plan or a check uses, by name. */
export const planTypes = z.object({
  runners: z.record(z.string(), runnerType),
  resources: z.record(z.string(), resourceType),
  services: z.record(z.string(), serviceType),
  secrets: z.record(z.string(), secretType),
  notifications: z.record(z.string(), notificationType),
});
export type PlanTypes = z.infer<typeof planTypes>;

/** A resource as a build or a check needs it. Its address is `type.name`. */
export const planResource = z.object({
  type: z.string(),
  name: z.string(),
  /** Where its versions are fetched to, when that is not its name: in a module, its name without the module's. */
  directory: z.string().optional(),
  params: planValues,
  cache: z.boolean(),
  tags: z.array(z.string()),
});
export type PlanResource = z.infer<typeof planResource>;

/** How a variable gets its value at run time. `sealed`: it is among the values that the grant carries encrypted to the worker. */
export const variableBinding = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('known'), value: json }),
  z.object({ kind: z.literal('sealed') }),
  z.object({
    kind: z.literal('secret'),
    type: z.string(),
    params: planValues,
    at: sourcePlace,
    /** The type that the variable declares, as HCL writes it: what the store answers has to be that, or become it. */
    valueType: z.string().optional(),
  }),
]);
export type VariableBinding = z.infer<typeof variableBinding>;

/** What deferred expressions may refer to. */
export const planScope = z.object({
  variables: z.record(z.string(), variableBinding),
  locals: planValues,
  /** `each.key` and `each.value` of a job made by `for_each` or `matrix`. */
  each: z.object({ key: json, value: json }).optional(),
});
export type PlanScope = z.infer<typeof planScope>;

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

const notifyFields = {
  kind: z.literal('notify'),
  type: z.string(),
  message: planValue.optional(),
  params: planValues,
  attributes: planValues,
};

const taskCache = z.object({
  key: planValue,
  paths: z.array(z.string()),
  restoreKeys: planValue.optional(),
  at: sourcePlace,
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
    z.object({
      ...stepCommon,
      hooks,
      ...notifyFields,
    }),
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

export const hooks: z.ZodType<Hooks> = z.lazy(() =>
  z.object({
    onSuccess: z.array(step).optional(),
    onFailure: z.array(step).optional(),
    onError: z.array(step).optional(),
    onCancel: z.array(step).optional(),
    ensure: z.array(step).optional(),
  }),
);

/** An instance of a service type in a job. */
export const planService = z.object({
  /** `service:postgresql`, or `service:postgresql:2` when a job has two. */
  id: z.string(),
  type: z.string(),
  name: z.string(),
  params: planValues,
  at: sourcePlace,
});
export type PlanService = z.infer<typeof planService>;

/** When a notification follows a job. `broken` and `fixed` are a change of colour against the build before. */
export const NOTIFY_MOMENTS = ['success', 'failure', 'error', 'cancel', 'broken', 'fixed', 'all'] as const;
export type NotifyMoment = (typeof NOTIFY_MOMENTS)[number];

/** What is sent by itself when a build has ended, after everything else of it. */
export const automaticNotice = z.object({
  on: z.array(z.enum(NOTIFY_MOMENTS)),
  step: z.lazy(() => z.object({ ...stepCommon, hooks, ...notifyFields })),
});
export type AutomaticNotice = z.infer<typeof automaticNotice>;

export const buildPlan = z.object({
  schema: z.literal(1),
  job: z.string(),
  services: z.array(planService),
  steps: z.array(step),
  hooks,
  notices: z.array(automaticNotice).optional(),
  timeoutMs: z.int().optional(),
  /** What a build of it is given, and who has to agree before it begins. */
  inputs: z.array(jobInput).optional(),
  approvals: z.array(approval).optional(),
  tags: z.array(z.string()),
  types: planTypes,
  /** By address. */
  resources: z.record(z.string(), planResource),
  scope: planScope,
});
export type BuildPlan = z.infer<typeof buildPlan>;

/** What a worker needs to look for new versions of one resource. */
export const checkPlan = z.object({
  schema: z.literal(1),
  address: z.string(),
  resource: planResource,
  types: planTypes,
  scope: planScope,
});
export type CheckPlan = z.infer<typeof checkPlan>;
