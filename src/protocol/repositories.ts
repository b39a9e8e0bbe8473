/** Repositories of forges and what their webhooks brought, as they cross the wire. */
import { z } from 'zod';
import { problemDetail } from './events.ts';

const instant = z.int();

/** What is built of pull requests: the merge of both, their own commit, each of them, or nothing. */
export const pullRequestBuilds = z.enum(['merged', 'head', 'both', 'none']);

export const repositoryOptions = z.object({ pullRequests: pullRequestBuilds.default('merged') });
export type RepositoryOptions = z.infer<typeof repositoryOptions>;

/** What is not given is as ever. */
const givenOptions = z.object({ pullRequests: pullRequestBuilds.optional() });

/** A repository that was activated. */
export const repositoryView = z.object({
  id: z.string(),
  /** The forge's name in the settings. */
  provider: z.string(),
  /** What the forge calls it for ever. */
  forgeId: z.string(),
  fullName: z.string(),
  private: z.boolean(),
  defaultBranch: z.string(),
  webUrl: z.string(),
  /** False: it is being switched off. */
  active: z.boolean(),
  team: z.string(),
  pipeline: z.string(),
  activatedBy: z.string().optional(),
  activatedAt: instant,
  options: repositoryOptions,
  /** Where the forge sends what happens. */
  webhookUrl: z.string(),
  /** Whether the webhook is there, as far as is known. */
  hooked: z.boolean(),
  /** When it was last looked whether the webhook is there, and what was wrong with it then. */
  syncedAt: instant.optional(),
  trouble: z.string().optional(),
});
export type RepositoryView = z.infer<typeof repositoryView>;

/** A repository that somebody may administer on a forge, activated or not. */
export const offeredRepository = z.object({
  provider: z.string(),
  forgeId: z.string(),
  fullName: z.string(),
  private: z.boolean(),
  archived: z.boolean(),
  webUrl: z.string(),
  description: z.string().optional(),
  /** When it was activated, and the asker may see it. */
  repository: repositoryView.optional(),
  /** It was activated in a team whose things the asker does not see. */
  elsewhere: z.boolean(),
});
export type OfferedRepository = z.infer<typeof offeredRepository>;

export const offeredPage = z.object({
  items: z.array(offeredRepository),
  next: z.string().optional(),
  /** How many the search found. */
  total: z.int(),
  /** Forges by whose account the asker could be asked, and why one of them was not. */
  forges: z.array(
    z.object({
      name: z.string(),
      kind: z.string(),
      signedIn: z.boolean(),
      trouble: z.object({ code: z.string(), detail: z.string(), hint: z.string().optional() }).optional(),
    }),
  ),
});
export type OfferedPage = z.infer<typeof offeredPage>;

export const activateRequest = z.object({
  provider: z.string().min(1).max(255),
  /** The forge's id of it, or its full name: `owner/name`. */
  repository: z.string().min(1).max(500),
  team: z.string().min(1).max(255),
  /** Of its pipeline; absent: the repository's. */
  pipeline: z.string().min(1).max(100).optional(),
  options: givenOptions.optional(),
});

export const changeRepositoryRequest = z.object({ options: givenOptions });

/** What activating, looking again and switching off did, in words. */
export const repositoryDone = z.object({ repository: repositoryView, notes: z.array(z.string()) });

export const deliveryStatus = z.enum(['pending', 'done', 'failed']);
export type DeliveryStatus = z.infer<typeof deliveryStatus>;

/** What became of an event of a forge. */
export const eventOutcome = z.object({
  builds: z.array(z.object({ id: z.string(), text: z.string() })),
  /** Why there is no build, or what else was done. */
  notes: z.array(z.string()),
});
export type EventOutcome = z.infer<typeof eventOutcome>;

export const deliveryView = z.object({
  id: z.string(),
  repository: z.string(),
  /** What the forge calls it. */
  deliveryId: z.string(),
  event: z.string(),
  receivedAt: instant,
  endedAt: instant.optional(),
  status: deliveryStatus,
  tries: z.int(),
  outcome: eventOutcome.optional(),
  problem: problemDetail.optional(),
  /** The delivery that this one repeats, and who wanted that. */
  replayOf: z.string().optional(),
  replayedBy: z.string().optional(),
});
export type DeliveryView = z.infer<typeof deliveryView>;

export const deliveryPage = z.object({ items: z.array(deliveryView), next: z.string().optional() });
/** `body` is what the forge sent, while it is kept. */
export const deliveryDetail = deliveryView.extend({ body: z.string().optional() });
