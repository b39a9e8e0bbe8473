/**
 * Shapes of the API about a pipeline's revisions: their history, what differs between two, what setting one would change, and the refusal of a change that
 * was made from one no longer in force. An `etag` is quoted, as HTTP has it, and names one revision of all there ever were.
 */
import { z } from 'zod';
import type { Json } from '../lib/json.ts';
import { sourceBundle } from '../pipeline/model.ts';
import { blockChange } from '../pipeline/pipeline-diff.ts';

const instant = z.int();

/** A file of the bundle that is not as it was. */
export const fileChange = z.object({ path: z.string(), change: z.enum(['added', 'changed', 'removed']) });
export type FileChange = z.infer<typeof fileChange>;

/** What differs: in what runs, and in the text. Comments, and the order of blocks, are only in the text. */
const difference = { changes: z.array(blockChange), files: z.array(fileChange) };

/** Which revision, and by whom since when. */
const revisionFacts = {
  revision: z.int(),
  etag: z.string(),
  setBy: z.string(),
  createdAt: instant,
  /** Why, in the words of who set it. */
  message: z.string().optional(),
  /** The revision that this one repeats. */
  restoredFrom: z.int().optional(),
};

/** Why a change is refused: what was in force when it was made is not now. Without `base` or `current` there was, or is, no such pipeline. */
export const staleChange = z.object({
  base: z.int().optional(),
  current: z.object(revisionFacts).optional(),
  /** What others changed since `base`; absent when the two cannot be compared, for the pipeline was deleted in between. */
  difference: z.object(difference).optional(),
});
export type StaleChange = z.infer<typeof staleChange>;

export const revisionView = z.object({
  ...revisionFacts,
  /** In force. */
  current: z.boolean(),
  /** Against the revision before, in short: how many blocks, and the first few of them. All of it: `GET …/revisions/:revision/diff`. */
  changes: z.object({
    created: z.int(),
    updated: z.int(),
    deleted: z.int(),
    first: z.array(z.object({ action: z.enum(['create', 'update', 'delete']), block: z.string() })),
  }),
});
export type RevisionView = z.infer<typeof revisionView>;
export const revisionPage = z.object({ items: z.array(revisionView), next: z.string().optional() });

/** The text a revision was made from. Values of variables are not part of it. */
export const pipelineConfig = z.object({ ...revisionFacts, bundle: sourceBundle });
export type PipelineConfig = z.infer<typeof pipelineConfig>;

/** `from` is 0 when everything is new. */
export const revisionDiff = z.object({ from: z.int(), to: z.int(), ...difference });
export type RevisionDiff = z.infer<typeof revisionDiff>;

export const planRequest = z.object({
  bundle: sourceBundle,
  /** Values given by `--var` and `--vars`: they beat defaults. Strings are converted to the variable's type. */
  variables: z.record(z.string(), z.json() as z.ZodType<Json>),
});

export const pipelinePlan = z.object({
  team: z.string(),
  name: z.string(),
  /** What is in force: send its `etag` as `If-Match` to do what was planned, and only that. Absent: the pipeline would be made (`If-None-Match: *`). */
  base: z.object(revisionFacts).optional(),
  /** Whether it would make a revision: something changes, be it a comment. */
  changed: z.boolean(),
  ...difference,
  /** Warnings, rendered as text. */
  warnings: z.array(z.string()),
});
export type PipelinePlan = z.infer<typeof pipelinePlan>;

export const changeMessage = z.string().max(1_000).optional();
export const restoreRequest = z.object({ message: changeMessage });
