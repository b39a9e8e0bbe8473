/** What people decide about versions, jobs and pipelines, and what is remembered of it: who, when, and why in their own words. */
import { z } from 'zod';
import type { Json } from '../lib/json.ts';
import { versionFields } from './version.ts';

export const LONGEST_REASON = 500;

/** Why somebody does it, for those who come after. */
export const reasonText = z
  .string()
  .max(LONGEST_REASON)
  .transform((text) => text.trim() || undefined)
  .optional();

/** Who did something that stands until it is undone. */
export const markView = z.object({ by: z.string(), at: z.int(), reason: z.string().optional() });
export type MarkView = z.infer<typeof markView>;

/** The body may be left out. */
export const reasonRequest = z.object({ reason: reasonText }).optional();

/**
 * Fields that say which version is meant: all of them, or as many as leave only one. A text may be the beginning of the field's (4 characters of a
 * commit), and stands for a number or a flag written out.
 */
export const wantedVersion = versionFields;

export const versionRequest = z.object({ version: wantedVersion, reason: reasonText });

export const triggerRequest = z
  .object({
    /** By address of the resource. What is not chosen is filled as for any other build. */
    versions: z.record(z.string(), wantedVersion).optional(),
    reason: reasonText,
    /** By name of the job's input. Texts are converted to its type; null is the same as not given. */
    inputs: z.record(z.string(), z.json() as z.ZodType<Json>).optional(),
  })
  .optional();
