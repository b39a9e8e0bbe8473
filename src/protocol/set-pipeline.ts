/** What a build's `set_pipeline` asks of a server, and what it hears. */
import { z } from 'zod';
import type { Json } from '../lib/json.ts';
import { sourceBundle } from '../pipeline/model.ts';
import { pipelinePlan } from './revisions.ts';

const values = z.record(z.string(), z.json() as z.ZodType<Json>);

export const pipelineToSet = z.object({
  /** The name in the text; an instance's is made of it and of `instanceVars`. */
  pipeline: z.string(),
  instanceVars: values.optional(),
  bundle: sourceBundle,
  /** Values of its variables, but for the sensitive ones. */
  variables: values,
});

/** Only a build that its worker holds may ask, and only for pipelines of its own team. Asked twice it does the same once. */
export const setPipelineWorkRequest = pipelineToSet.extend({
  kind: z.literal('set_pipeline'),
  worker: z.string(),
  build: z.string(),
  attempt: z.string(),
  fencing: z.int(),
  /** Sensitive values of its variables, by name: sealed to the grant's `replyKey`. */
  sealed: z.string().optional(),
});
export type SetPipelineWorkRequest = z.infer<typeof setPipelineWorkRequest>;

export const pipelineSetAnswer = z.object({
  kind: z.literal('pipeline_set'),
  /** What it did to what was there; it has the warnings too. */
  plan: pipelinePlan,
  revision: z.int(),
  created: z.boolean(),
  changed: z.boolean(),
});
export type PipelineSetAnswer = z.infer<typeof pipelineSetAnswer>;
