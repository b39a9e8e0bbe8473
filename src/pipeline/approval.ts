import { z } from 'zod';

/** A gate of a job: its builds wait for so many people before anything of them runs. */
export const approval = z.object({
  label: z.string(),
  /** How many people. */
  approvals: z.int().min(1),
  /** For how long they are asked. */
  timeoutMs: z.int().optional(),
  message: z.string().optional(),
});
export type Approval = z.infer<typeof approval>;
