/** Shapes of the API about what is kept of builds. */
import { z } from 'zod';
import { outcome } from './status.ts';

const limits = { builds: z.int().optional(), days: z.int().optional() };

export const retentionView = z.object({
  /** What the server keeps where a job says nothing. What is absent is kept for ever. */
  settings: z.object({ ...limits, logsDays: z.int().optional() }),
  /** Jobs whose builds are not all kept. */
  jobs: z.array(
    z.object({
      team: z.string(),
      pipeline: z.string(),
      job: z.string(),
      keeps: z.object(limits),
      /** Builds that would go now, oldest first. */
      builds: z.array(
        z.object({
          id: z.string(),
          number: z.int(),
          status: outcome,
          endedAt: z.int(),
          why: z.enum(['count', 'age']),
        }),
      ),
      /** There are more than are listed. */
      more: z.boolean(),
    }),
  ),
  /** Builds whose logs would go. */
  logs: z.object({ builds: z.array(z.string()), more: z.boolean() }),
});
export type RetentionView = z.infer<typeof retentionView>;
