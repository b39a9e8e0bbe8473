/** Workers, their tokens, and messages that were set aside, as the API shows them. */
import { z } from 'zod';
import { LONGEST_REASON } from './choices.ts';
import { workKind } from './messages.ts';
import { workerStatus } from './status.ts';

const instant = z.int();

export const workerBuild = z.object({
  build: z.string(),
  team: z.string(),
  pipeline: z.string(),
  job: z.string(),
  number: z.int(),
  since: instant,
});
export type WorkerBuild = z.infer<typeof workerBuild>;

export const workerView = z.object({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  /** The only team whose builds it gets. */
  team: z.string().optional(),
  tags: z.array(z.string()),
  /** It takes only what asks for one of its tags. */
  exclusive: z.boolean(),
  kinds: z.array(workKind),
  slots: z.int(),
  /** Slots in use, also by builds that the asker may not see. */
  busy: z.int(),
  builds: z.array(workerBuild),
  status: workerStatus,
  /** When its status became what it is. */
  since: instant,
  connected: z.boolean(),
  /** `local`, `http` or the broker; absent while that is not known. */
  via: z.string().optional(),
  address: z.string().optional(),
  /** The id of the token it showed. */
  token: z.string().optional(),
  drain: z.object({ by: z.string(), at: instant, reason: z.string().optional(), leave: z.boolean() }).optional(),
  lastSeenAt: instant,
  firstSeenAt: instant,
});
export type WorkerView = z.infer<typeof workerView>;

export const drainRequest = z.object({
  reason: z.string().max(LONGEST_REASON).optional(),
  /** It is to leave when it has finished what it runs. */
  leave: z.boolean().optional(),
});
export type DrainRequest = z.infer<typeof drainRequest>;

/** Workers that are gone or lost and were heard of last longer ago than this. */
export const pruneRequest = z.object({ olderThanMs: z.int().min(0) });
export const pruneResult = z.object({ removed: z.array(z.object({ id: z.string(), name: z.string() })) });

export const workerTokenView = z.object({
  id: z.string(),
  team: z.string().optional(),
  tags: z.array(z.string()).optional(),
  expiresAt: instant.optional(),
  firstSeenAt: instant.optional(),
  lastSeenAt: instant.optional(),
  revoked: z.object({ by: z.string(), at: instant }).optional(),
  /** Those that showed it when they were heard of last. */
  workers: z.array(z.object({ id: z.string(), name: z.string() })),
});
export type WorkerTokenView = z.infer<typeof workerTokenView>;

export const poisonView = z.object({
  id: z.string(),
  at: instant,
  worker: z.object({ id: z.string(), name: z.string() }),
  problem: z.string(),
  size: z.int(),
});
export type PoisonView = z.infer<typeof poisonView>;

/** `body`: its bytes in base64; absent where it was too large to be kept. */
export const poisonDetail = poisonView.extend({ body: z.string().optional() });
export type PoisonDetail = z.infer<typeof poisonDetail>;

/** The word for people. `drained`: it takes nothing new, and has nothing left. */
export function workerWord({ status, busy }: Pick<WorkerView, 'status' | 'busy'>): string {
  return status === 'draining' && busy === 0 ? 'drained' : status;
}
