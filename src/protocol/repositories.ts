/** Repositories of forges and what their webhooks brought, as they cross the wire. */
import { z } from 'zod';

/** What is built of pull requests: the merge of both, their own commit, each of them, or nothing. */
export const pullRequestBuilds = z.enum(['merged', 'head', 'both', 'none']);

export const repositoryOptions = z.object({ pullRequests: pullRequestBuilds.default('merged') });
export type RepositoryOptions = z.infer<typeof repositoryOptions>;

export const deliveryStatus = z.enum(['pending', 'done', 'failed']);
export type DeliveryStatus = z.infer<typeof deliveryStatus>;

/** What became of an event of a forge. */
export const eventOutcome = z.object({
  builds: z.array(z.object({ id: z.string(), text: z.string() })),
  /** Why there is no build, or what else was done. */
  notes: z.array(z.string()),
});
export type EventOutcome = z.infer<typeof eventOutcome>;
