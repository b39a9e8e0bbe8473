/** Values of a plan: what could be computed when the pipeline was set is known, what only a run can know stays an expression. */
import { z } from 'zod';
import type { Json } from '../lib/json.ts';

export const json = z.json() as z.ZodType<Json>;

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

export const planValues = z.record(z.string(), planValue);
