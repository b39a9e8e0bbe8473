/** Attempts at builds: who is granted which, what comes of them, their logs. */
import type { Instant } from '../lib/clock.ts';
import type { AttemptId, BuildId, CheckId, PipelineId, TeamId, WorkerId } from '../lib/ids.ts';
import type { EventBatch } from '../protocol/events.ts';
import type { WorkKind } from '../protocol/messages.ts';
import type { AttemptRecord, BuildRecord, GrantedWork, LogChunk, StoredEvent } from './records.ts';

/** No retry is put off for longer than this: a build that would wait longer got its time from a clock that was set back since. */
export const LONGEST_RETRY_MS = 5 * 60_000;

export interface GrantRequest {
  readonly workerId: WorkerId;
  readonly question: string;
  readonly teamId?: TeamId | undefined;
  readonly tags: readonly string[];
  /** Only what asks for one of the tags at least. */
  readonly exclusive?: boolean | undefined;
  readonly kinds: readonly WorkKind[];
  readonly leaseMs: number;
  readonly now: Instant;
}

export interface AttemptStore {
  /**
   * The best work this worker may do, taken by compare-and-set: checks before builds, then priority, then age. A build's tags must all be among the
   * worker's; `concurrency` and `serialGroups` of its job must have room (a slot stays held between the attempts of a build). The same question gets the
   * same grant again while its attempt runs. A worker that was lost or has left gets nothing until it is heard of again, and one that is drained nothing new. `undefined`: nothing to do.
   */
  grant(request: GrantRequest): Promise<GrantedWork | undefined>;

  /**
   * Renews leases. What this worker no longer holds under that fencing number comes back in `lost`; attempts to be cancelled in `cancel`.
   */
  renew(command: {
    readonly workerId: WorkerId;
    readonly attempts: readonly { readonly id: AttemptId; readonly fencing: number }[];
    readonly checks: readonly { readonly id: CheckId; readonly fencing: number }[];
    readonly leaseMs: number;
    readonly now: Instant;
  }): Promise<{ lost: readonly string[]; cancel: readonly string[] }>;

  /**
   * Appends events. Numbers stored already are skipped, a gap is refused with `store.event_gap` (the worker sends from `lastEvent + 1`
   * again). Events of an attempt that is no longer in force are stored when they are logs, step ends or clean-up, and change no status. Moves the build and the
   * attempt: `attempt_started`, `attempt_ended` (which records outputs, frees slots, and either ends the build or, for an `errored` attempt that may be
   * repeated, makes it pending again, not before `retryAt`).
   */
  appendEvents(batch: EventBatch, options: AppendOptions): Promise<AppendResult>;

  /**
   * Ends as `lost` each attempt, and puts back each check, whose lease ran out by the database's clock. Builds that may be tried again become pending, others `errored: worker lost`.
   */
  rescueExpired(
    /** With `longestLeaseMs` a lease that ends later than that from now is over, too: it was given before the clock was set back. */
    options: AppendOptions & { readonly longestLeaseMs?: number | undefined },
  ): Promise<readonly { readonly buildId: BuildId; readonly pipelineId: PipelineId }[]>;

  /** An attempt that a returning worker's journal says was cut off: as if its lease ran out now. Unknown or ended ones change nothing. Gives the builds it changed. */
  surrender(
    attempts: readonly AttemptId[],
    workerId: WorkerId,
    options: AppendOptions,
  ): Promise<readonly { readonly buildId: BuildId; readonly pipelineId: PipelineId }[]>;

  listAttempts(buildId: BuildId): Promise<readonly AttemptRecord[]>;
  /** Events of an attempt after `seq`, in order, logs excluded. */
  listEvents(attemptId: AttemptId, afterSeq: number, limit: number): Promise<readonly StoredEvent[]>;
  /** Log chunks of an attempt (of one step when given) after `seq`, in order. */
  listLogChunks(
    attemptId: AttemptId,
    options: {
      readonly step?: string | undefined;
      readonly afterSeq: number;
      /** Only chunks that begin at this byte of their step's log or behind it. */
      readonly fromOffset?: number | undefined;
      readonly limitBytes: number;
    },
  ): Promise<readonly LogChunk[]>;
  /** How long the log of each step is (`lines`: its line feeds), steps without one left out. */
  logSizes(attemptId: AttemptId): Promise<ReadonlyMap<string, { readonly bytes: number; readonly lines: number }>>;
  /** Bytes `[offset, offset + length)` of a step's log, and the length of the whole. */
  readLog(
    attemptId: AttemptId,
    step: string,
    offset: number,
    length: number,
  ): Promise<{ bytes: Uint8Array; total: number; lines: number }>;
}

export interface AppendOptions {
  readonly now: Instant;
  /** How often a build that errored is tried again, when its job does not say. */
  readonly errorRetries: number;
  /** When the n-th retry (from 1) may begin. */
  readonly retryAt: (retry: number) => Instant;
}

export interface AppendResult {
  /** Number of the last event stored now. */
  readonly lastEvent: number;
  readonly buildId?: BuildId | undefined;
  readonly pipelineId?: PipelineId | undefined;
  readonly attemptNumber?: number | undefined;
  /** What was new: to be fed to live readers. Log chunks have their offsets. */
  readonly events: readonly StoredEvent[];
  readonly chunks: readonly LogChunk[];
  /** Set when this ended the build, or made it pending again. */
  readonly build?: BuildRecord | undefined;
}
