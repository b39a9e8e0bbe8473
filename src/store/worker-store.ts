/** Workers, the tokens they show, and what they sent that nobody could read. */
import type { Instant } from '../lib/clock.ts';
import type { AttemptId, BuildId, PipelineId, WorkerId } from '../lib/ids.ts';
import type { WorkKind } from '../protocol/messages.ts';
import type { AppendOptions } from './attempt-store.ts';
import type { WorkerDrain, WorkerRecord } from './records.ts';

/** What a worker says of itself, and what is known of its connection. */
export type SavedWorker = Omit<
  WorkerRecord,
  'firstSeenAt' | 'lastSeenAt' | 'status' | 'since' | 'drain' | 'kinds' | 'exclusive'
> & {
  /** Absent: all kinds, as workers of before they said it. */
  readonly kinds?: readonly WorkKind[] | undefined;
  readonly exclusive?: boolean | undefined;
  /** It takes nothing new by its own will: it is about to leave. */
  readonly draining?: boolean | undefined;
};

/** A build that a worker runs now. */
export interface HeldWork {
  readonly workerId: WorkerId;
  readonly buildId: BuildId;
  readonly attemptId: AttemptId;
  readonly team: string;
  readonly pipeline: string;
  readonly job: string;
  readonly number: number;
  readonly grantedAt: Instant;
}

export interface WorkerTokenRecord {
  readonly id: string;
  readonly team?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly expiresAt?: Instant | undefined;
  readonly firstSeenAt?: Instant | undefined;
  readonly lastSeenAt?: Instant | undefined;
  readonly revokedBy?: string | undefined;
  readonly revokedAt?: Instant | undefined;
}

export interface PoisonRecord {
  readonly id: string;
  readonly at: Instant;
  readonly workerId: WorkerId;
  readonly worker: string;
  readonly problem: string;
  readonly size: number;
}

export interface WorkerStore {
  /** A worker said hello. Its `lastSeenAt` is now. Somebody's wish that it drains outlives its connections. */
  saveWorker(worker: SavedWorker, now: Instant): Promise<WorkerRecord>;
  /** It was heard of. One that was thought lost runs again: then it says `true`. */
  touchWorker(id: WorkerId, now: Instant): Promise<boolean>;
  /** That connection of it is gone; a newer one stays. */
  disconnectWorker(id: WorkerId, session: string, now: Instant): Promise<void>;
  /** It left: what it was granted and had not begun goes back to pending. A drain that was to end so has ended: it is drained when it comes back. */
  leaveWorker(id: WorkerId, now: Instant): Promise<void>;
  listWorkers(): Promise<readonly WorkerRecord[]>;
  getWorker(id: WorkerId): Promise<WorkerRecord | undefined>;
  /** What all workers run, the oldest first. */
  listHeldWork(): Promise<readonly HeldWork[]>;
  /** From now on it is granted nothing; `undefined`: it is again. Saying it twice changes nothing but who said it. Error: `store.not_found`. */
  drainWorker(id: WorkerId, drain: WorkerDrain | undefined, now: Instant): Promise<WorkerRecord>;
  /** Workers that were heard of last before this are lost. How many that changed. */
  loseSilentWorkers(before: Instant, now: Instant): Promise<number>;
  /** Forgets workers that are gone or lost, hold nothing, and were heard of last at this instant or before. */
  pruneWorkers(before: Instant, now: Instant): Promise<readonly WorkerRecord[]>;

  /** A worker showed this token. */
  seeWorkerToken(token: Pick<WorkerTokenRecord, 'id' | 'team' | 'tags' | 'expiresAt'>, now: Instant): Promise<void>;
  /** The one seen last first. */
  listWorkerTokens(): Promise<readonly WorkerTokenRecord[]>;
  /** Ids of revoked tokens that would be good otherwise. */
  revokedWorkerTokens(now: Instant): Promise<readonly string[]>;
  /**
   * Ends a token, whether or not it was seen: attempts of its workers end as if their leases ran out now, checks go back, the workers are gone.
   * Gives the builds that this changed. Twice changes nothing more.
   */
  revokeWorkerToken(
    id: string,
    by: string,
    options: AppendOptions,
  ): Promise<readonly { readonly buildId: BuildId; readonly pipelineId: PipelineId }[]>;

  /** Keeps a message that no retry would help. The oldest make room: at most 1,000 messages and 16 MiB are kept, and no bodies of over 4 MiB. */
  savePoison(message: Omit<PoisonRecord, 'id' | 'worker' | 'size'> & { readonly body: Uint8Array }): Promise<void>;
  /** Newest first. */
  listPoison(): Promise<readonly PoisonRecord[]>;
  getPoison(id: string): Promise<(PoisonRecord & { readonly body: Uint8Array | undefined }) | undefined>;
  /** Whether it was there. */
  dropPoison(id: string): Promise<boolean>;
}
