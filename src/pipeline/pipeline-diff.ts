/**
 * What differs between two pipelines, in the words of their text: blocks that come, go or change, and what changes inside them. It crosses the wire
 * (a plan, the difference of two revisions), so it has schemas.
 */
import { z } from 'zod';

/** The blocks around a change, outermost first, without the top-level one: `task "unit"`, `run "shell"`. */
const inside = z.array(z.string());

/** One change inside a block. Values are written as HCL writes them; what is secret reads `(sensitive)`, on both sides. */
export const innerChange = z.discriminatedUnion('kind', [
  /** Without `old` it was not there, without `new` it is no more. */
  z.object({
    kind: z.literal('attribute'),
    inside,
    name: z.string(),
    old: z.string().optional(),
    new: z.string().optional(),
  }),
  /** `contents`: the first lines of the block, each an attribute or a block. */
  z.object({
    kind: z.literal('block'),
    inside,
    action: z.enum(['create', 'delete']),
    block: z.string(),
    contents: z.array(z.string()),
  }),
  /** The same blocks in another order. */
  z.object({ kind: z.literal('order'), inside, old: z.array(z.string()), new: z.array(z.string()) }),
]);
export type InnerChange = z.infer<typeof innerChange>;

const changed = {
  /** What kind of block: `job`, `resource`, `variable`, `local`, `runner_type` … */
  type: z.string(),
  /** Its name; a resource's address. */
  name: z.string(),
  /** As the text begins it: `resource "git" "app"`. */
  block: z.string(),
  /** The builds a job, or the versions a resource, has from before. */
  history: z.int().optional(),
};

export const blockChange = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('create'),
    ...changed,
    contents: z.array(z.string()),
    /** The block that goes and is much like this one: perhaps it was only renamed. */
    like: z.string().optional(),
  }),
  z.object({
    action: z.literal('update'),
    ...changed,
    /** Nobody changed it: this pikoci has another text of the built-in type than the one that set the pipeline. */
    builtin: z.boolean(),
    changes: z.array(innerChange),
    /** A resource that will watch something else: its versions are forgotten. */
    forgets: z.boolean(),
  }),
  z.object({ action: z.literal('delete'), ...changed, contents: z.array(z.string()) }),
]);
export type BlockChange = z.infer<typeof blockChange>;
