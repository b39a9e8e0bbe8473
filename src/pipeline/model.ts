/**
 * A pipeline after its text was read, evaluated and validated: frozen, JSON, kept as an immutable revision. `plan.ts` says what one
 * build of a job does; this file is what the server knows besides: when jobs run, and what is watched.
 */
import { z } from 'zod';
import type { Json } from '../lib/json.ts';
import { approval } from './approval.ts';
import { jobInput } from './job-input.ts';
import { automaticNotice, planResource, planScope, planService } from './plan.ts';
import { hooks, step } from './plan-step.ts';
import { planTypes } from './plan-types.ts';
import { sourcePlace } from './plan-value.ts';

/** When a resource is looked at: a fixed distance, or a cron expression with the time zone it is read in. */
export const checkSchedule = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('every'), ms: z.int().min(1_000) }),
  z.object({ kind: z.literal('cron'), expression: z.string(), timezone: z.string() }),
]);
export type CheckSchedule = z.infer<typeof checkSchedule>;

export const resource = planResource.extend({
  address: z.string(),
  /** Absent: the server's default interval. */
  schedule: checkSchedule.optional(),
  /** The version that `version = { … }` of the resource block pins. */
  pinned: z.record(z.string(), z.json() as z.ZodType<Json>).optional(),
  /** The repository whose events bring its versions: it is not checked. Its id; `this` where no server has said which it is. */
  repository: z.string().optional(),
  at: sourcePlace,
});
export type Resource = z.infer<typeof resource>;

export const job = z.object({
  name: z.string(),
  /** The name in the text, when `for_each` or `matrix` made several jobs of it; otherwise the same as `name`. */
  group: z.string(),
  at: sourcePlace,
  services: z.array(planService),
  steps: z.array(step),
  hooks,
  /** Notifications that follow it by themselves. */
  notices: z.array(automaticNotice).optional(),
  /** How many builds of it may run at once; absent: as many as there are workers. */
  concurrency: z.int().min(1).optional(),
  /** Builds of jobs that share a group run one at a time. */
  serialGroups: z.array(z.string()),
  priority: z.int(),
  timeoutMs: z.int().optional(),
  tags: z.array(z.string()),
  interruptible: z.boolean(),
  /** How often a build that errored is tried again on its own; absent: the server's default. */
  errorRetries: z.int().min(0).optional(),
  disableManualTrigger: z.boolean(),
  /** What who starts it by hand may give. */
  inputs: z.array(jobInput).optional(),
  /** Who has to agree before a build of it begins; all of them. */
  approvals: z.array(approval).optional(),
  /** How many of its builds are kept, and for how long; what is absent the server's settings say. */
  retain: z.object({ builds: z.int().min(1).optional(), days: z.int().min(1).optional() }).optional(),
  each: z.object({ key: z.json() as z.ZodType<Json>, value: z.json() as z.ZodType<Json> }).optional(),
});
export type Job = z.infer<typeof job>;

/** Of which pipeline one is an instance, set by a `set_pipeline` with `instance_vars`, and what tells it from the others. */
export const pipelineInstance = z.object({
  of: z.string(),
  vars: z.record(z.string(), z.json() as z.ZodType<Json>),
});

export const pipeline = z.object({
  schema: z.literal(1),
  resources: z.array(resource),
  jobs: z.array(job),
  types: planTypes,
  scope: planScope,
  instance: pipelineInstance.optional(),
});
export type Pipeline = z.infer<typeof pipeline>;

/**
 * The text a revision is made of, as the client bundles it: the pipeline's file, the files it reads (`file()`, relative
 * `source`), each by its path relative to the pipeline's directory. Values of variables travel beside it, never in it.
 */
export const sourceBundle = z.object({
  /** Name of the main file, a key of `files`. */
  main: z.string(),
  files: z.record(z.string(), z.string()),
  /** Files that are no UTF-8 text, in base64: `filebase64()` may read them. */
  binaries: z.record(z.string(), z.string()).optional(),
});
export type SourceBundle = z.infer<typeof sourceBundle>;
