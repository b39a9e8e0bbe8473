/** Shapes of the API about what a build is given, and who has to agree before it begins. */
import { z } from 'zod';
import type { Json } from '../lib/json.ts';
import { jobInput } from '../pipeline/job-input.ts';
import { reasonText } from './choices.ts';

const json = z.json() as z.ZodType<Json>;
const instant = z.int();

/** What a job may be given. */
export const jobInputView = jobInput;
export type JobInputView = z.infer<typeof jobInputView>;

export const inputValueView = z.object({
  name: z.string(),
  /** Null: it was not given, and has no default. Absent: it is sensitive. */
  value: json.optional(),
  sensitive: z.boolean(),
});
export type InputValueView = z.infer<typeof inputValueView>;

export const voteView = z.object({
  by: z.string(),
  vote: z.enum(['approved', 'rejected']),
  reason: z.string().optional(),
  at: instant,
});
export type VoteView = z.infer<typeof voteView>;

export const gateView = z.object({
  label: z.string(),
  message: z.string().optional(),
  /** How many people have to approve. */
  needed: z.int(),
  /** More are needed. */
  open: z.boolean(),
  /** When it is too late. */
  until: instant.optional(),
  votes: z.array(voteView),
});
export type GateView = z.infer<typeof gateView>;

/** Of a build that people have to approve. */
export const approvalView = z.object({
  /** Stands for the versions and the plan of the build as it is now; sent back with a vote, it says what was looked at. */
  seen: z.string(),
  gates: z.array(gateView),
});
export type ApprovalView = z.infer<typeof approvalView>;

export const voteRequest = z
  .object({
    reason: reasonText,
    /** Which approval, by its label; it may be left out when one is open. */
    approval: z.string().max(200).optional(),
    /** What the voter looked at: another one is refused with `approval.changed`. */
    seen: z.string().max(100).optional(),
  })
  .optional();
