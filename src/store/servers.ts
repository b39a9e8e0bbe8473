/** What servers of one database know of each other. */
import type { Instant } from '../lib/clock.ts';

export interface ServerRecord {
  /** New with each start. */
  readonly id: string;
  /** Of the machine. */
  readonly name: string;
  readonly version: string;
  /** Where it listens. */
  readonly address: string;
  /** How workers reach it. */
  readonly queue: string;
  /** Why no other server may be there beside it. */
  readonly exclusive?: string | undefined;
  readonly startedAt: Instant;
  /** By the database's clock. */
  readonly lastSeenAt: Instant;
  /** Whether its time is not over. */
  readonly running: boolean;
}

export interface KeptServer extends Omit<ServerRecord, 'lastSeenAt' | 'running'> {
  /** Of its data directory, which one server at a time has: an earlier one of the same place is not there any more. */
  readonly place: string;
  /** Differs where the secrets differ. */
  readonly keysDigest: string;
  /** Nobody else can have this database (it is a file that we hold, or our memory): whoever is written in it is gone. */
  readonly sole: boolean;
}

export type ServerKept =
  /** `others` that run now; `now` is the database's clock. */
  | { readonly kind: 'kept'; readonly others: readonly ServerRecord[]; readonly now: Instant }
  | {
      readonly kind: 'refused';
      /** It, or we, must be alone; or it has other secrets. */
      readonly why: 'it_is_exclusive' | 'we_are_exclusive' | 'other_keys';
      readonly by: ServerRecord;
      /** How long until it is taken for dead, if it is. */
      readonly leftMs: number;
    };

export interface ServerStore {
  /**
   * Writes down that the server is there, for `leaseMs` by the database's clock; said again and again. One at a time for all servers, so that of two that cannot
   * be together one is refused.
   */
  keepServer(server: KeptServer, leaseMs: number): Promise<ServerKept>;
  /** It ends. */
  leaveServer(id: string): Promise<void>;
  /** By name; those that were heard of within the hour. */
  listServers(): Promise<readonly ServerRecord[]>;
  /** What one server at a time does: whether it is this one, for so long by the database's clock. The holder may take it again before that. */
  takeLease(name: string, holder: string, leaseMs: number): Promise<boolean>;
  releaseLease(name: string, holder: string): Promise<void>;
}

export type ShortLivedKind = 'idempotency_key' | 'upload' | 'sign_in' | 'link' | 'terminal' | 'terminal_code';

export interface ShortLivedKey {
  readonly kind: ShortLivedKind;
  /** At most 255 characters. */
  readonly id: string;
}

/** Small values that every server must know for a while. Each command is one look and one change. */
export interface ShortLivedStore {
  /** Writes it unless it is there. Whether it did. */
  addShortLived(key: ShortLivedKey, value: string, expiresAt: Instant): Promise<boolean>;
  readShortLived(key: ShortLivedKey): Promise<string | undefined>;
  /** Writes it where there is `from`. Whether it did. */
  changeShortLived(key: ShortLivedKey, from: string, to: string): Promise<boolean>;
  /** Takes it away. Of several who ask at once, one gets it. */
  takeShortLived(key: ShortLivedKey): Promise<string | undefined>;
  /** Forgets what is over. */
  trimShortLived(): Promise<void>;
}

/** How servers of one database reach each other: each hears what any other says. Best effort: what is said may be lost, and is a few hundred bytes long. */
export interface ServersLine {
  say(text: string): void;
  /** Those that others say from now on, and perhaps one's own. */
  listen(take: (text: string) => void): void;
  close(): Promise<void>;
}
