import { z } from 'zod';

export const serverView = z.object({
  id: z.string(),
  /** Of its machine. */
  name: z.string(),
  /** Where it listens, as the machine itself sees it. */
  address: z.string(),
  version: z.string(),
  /** How workers reach it: `mem`, `http`, `nats`, … */
  queue: z.string(),
  /** `lost`: it did not say that it ends, and is not heard of any more. */
  status: z.enum(['running', 'lost']),
  /** Why no other can be there beside it. */
  alone: z.string().optional(),
  startedAt: z.number(),
  /** By the database's clock. */
  lastSeenAt: z.number(),
  /** It is the one that answers. */
  self: z.boolean(),
});
export type ServerView = z.infer<typeof serverView>;
