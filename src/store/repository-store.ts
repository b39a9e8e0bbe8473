/** Repositories of forges that were activated, and the inbox of what their webhooks bring. */
import type { Instant } from '../lib/clock.ts';
import type { DeliveryId, RepositoryId, TeamId, UserId } from '../lib/ids.ts';
import type { ProblemDetail } from '../protocol/events.ts';
import type { DeliveryStatus, EventOutcome, RepositoryOptions } from '../protocol/repositories.ts';
import type { Page, PageRequest } from './page.ts';

export interface RepositoryRecord {
  readonly id: RepositoryId;
  /** The forge's name in the settings. */
  readonly provider: string;
  /** What the forge calls it for ever. */
  readonly forgeId: string;
  /** `owner/name`, as it was last told. */
  readonly fullName: string;
  readonly private: boolean;
  readonly defaultBranch: string;
  readonly cloneUrl: string;
  readonly webUrl: string;
  readonly teamId: TeamId;
  readonly team: string;
  /** Name of the pipeline that is its default branch's. */
  readonly pipeline: string;
  /** By whose account the forge is asked. */
  readonly activatedBy: UserId | undefined;
  readonly activatedAt: Instant;
  /** The forge's id of the webhook; absent: it is not there. */
  readonly hookId: string | undefined;
  /** What webhooks are signed with, encrypted by the server. */
  readonly sealedSecret: string;
  /** False: what comes for it is refused. It is kept while it is switched off, and goes with the end of that. */
  readonly active: boolean;
  readonly options: RepositoryOptions;
  /** When it was last looked whether the webhook is there, and what was wrong with it then. */
  readonly syncedAt: Instant | undefined;
  readonly trouble: string | undefined;
}

/** What the forge says of a repository. */
export type ToldOfRepository = Pick<RepositoryRecord, 'fullName' | 'private' | 'defaultBranch' | 'cloneUrl' | 'webUrl'>;

export interface DeliveryRecord {
  readonly id: DeliveryId;
  readonly repositoryId: RepositoryId;
  /** What the forge calls it. */
  readonly deliveryId: string;
  /** The forge's word for what happened. */
  readonly event: string;
  readonly receivedAt: Instant;
  readonly status: DeliveryStatus;
  /** How often it was begun. */
  readonly tries: number;
  readonly endedAt: Instant | undefined;
  readonly outcome: EventOutcome | undefined;
  readonly problem: ProblemDetail | undefined;
  readonly replayOf: DeliveryId | undefined;
  readonly replayedBy: string | undefined;
}

export interface NewDelivery {
  readonly id: DeliveryId;
  readonly repositoryId: RepositoryId;
  /** At most 255 characters. */
  readonly deliveryId: string;
  /** Of its body, where that is signed: the same one a second time is a replay, whatever it is called. */
  readonly digest: string | undefined;
  readonly event: string;
  readonly receivedAt: Instant;
  readonly body: Uint8Array;
}

export interface RepositoryStore {
  /** Error: `store.conflict` when the forge's repository is there already. */
  createRepository(repository: Omit<RepositoryRecord, 'team'>): Promise<RepositoryRecord>;
  /** What is not given stays. One that is not there is no error. */
  changeRepository(
    id: RepositoryId,
    change: Partial<ToldOfRepository> & {
      readonly activatedBy?: UserId;
      /** `undefined` in it: there is none any more. */
      readonly hook?: { readonly id: string | undefined };
      readonly active?: boolean;
      readonly options?: RepositoryOptions;
      readonly synced?: { readonly at: Instant; readonly trouble: string | undefined };
    },
  ): Promise<void>;
  /** With its deliveries. */
  deleteRepository(id: RepositoryId): Promise<void>;
  getRepository(id: RepositoryId): Promise<RepositoryRecord | undefined>;
  findRepository(provider: string, forgeId: string): Promise<RepositoryRecord | undefined>;
  /** By name; of all teams without one. */
  listRepositories(team?: string): Promise<readonly RepositoryRecord[]>;

  /** In one commit. Those whose id or digest is there already for the repository, and those of one that is gone, change nothing. */
  saveDeliveries(deliveries: readonly NewDelivery[]): Promise<void>;
  /** Puts what it brought into the inbox once more. False: its body is not kept any more, or it is not there. */
  replayDelivery(command: {
    readonly of: DeliveryId;
    readonly id: DeliveryId;
    readonly by: string;
    readonly now: Instant;
  }): Promise<boolean>;
  /**
   * What is to be done, oldest first: of a repository nothing behind one whose time has not come, or that is among `busy`.
   */
  pendingDeliveries(command: {
    readonly now: Instant;
    readonly busy: readonly RepositoryId[];
    readonly limit: number;
  }): Promise<readonly DeliveryRecord[]>;
  /** When the next one is to be tried again whose time has not come. */
  nextDeliveryAt(now: Instant): Promise<Instant | undefined>;
  /** It could not be done now. */
  postponeDelivery(id: DeliveryId, until: Instant, problem: ProblemDetail): Promise<void>;
  /** One that has ended stays as it is. */
  endDelivery(
    id: DeliveryId,
    end: { readonly outcome: EventOutcome } | { readonly problem: ProblemDetail },
    now: Instant,
  ): Promise<void>;
  /** Newest first. */
  listDeliveries(repositoryId: RepositoryId, page: PageRequest): Promise<Page<DeliveryRecord>>;
  getDelivery(id: DeliveryId): Promise<(DeliveryRecord & { readonly body: Uint8Array | undefined }) | undefined>;
  /** Drops bodies of those that ended before one instant, and all of those before the other. */
  trimDeliveries(bodiesBefore: Instant, before: Instant): Promise<void>;
}
