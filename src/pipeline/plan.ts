/**
 * What one build of a job does, step by step: the part of a pipeline that leaves the server.
 *
 * A plan is JSON: it is stored with the build, so that a retry repeats it, and it crosses the wire to a worker, which
 * parses it with these schemas. Everything that could be computed when the pipeline was set is a known value. What only a run can know
 * (secrets, `build.*`, `get.*`, `task.*`, `input.*`, sensitive variables) stays an expression and is evaluated on the worker (run-time.ts).
 */
import { z } from 'zod';
import { approval } from './approval.ts';
import { jobInput } from './job-input.ts';
import { hooks, notifyStep, step } from './plan-step.ts';
import { planTypes } from './plan-types.ts';
import { json, planValues, sourcePlace } from './plan-value.ts';

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
  step: notifyStep,
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
