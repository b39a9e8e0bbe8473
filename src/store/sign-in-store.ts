/** Other places where users sign in, and what the server may do there for them. Secrets come and go sealed. */
import type { Instant } from '../lib/clock.ts';
import type { UserId } from '../lib/ids.ts';
import type { UserRecord } from './identity-store.ts';

export interface ProviderRecord {
  readonly name: string;
  /** Kind and address: whose accounts its users' are. */
  readonly issuer: string;
  readonly settingsJson: string;
  readonly sealed: string;
  readonly setBy: string;
  readonly setAt: Instant;
}

export interface ForgeGrantRecord {
  readonly userId: UserId;
  readonly provider: string;
  /** Access and refresh token. */
  readonly sealed: string;
  readonly scopes: readonly string[];
  /** Absent: it is good until it is taken back. */
  readonly expiresAt: Instant | undefined;
  readonly grantedAt: Instant;
}

export interface SignInStore {
  /** Error: `store.conflict` when there is one of this name with another issuer: its accounts would become those of strangers. */
  setProvider(provider: ProviderRecord): Promise<void>;
  /** By name. */
  listProviders(): Promise<readonly ProviderRecord[]>;
  findProvider(name: string): Promise<ProviderRecord | undefined>;
  /** With the accounts that are linked to it, and what they granted. Whether it was there. */
  removeProvider(name: string): Promise<boolean>;

  /**
   * The user of this account, whose login is noted; without one a new user who has it, called as the first of `names` that is free. Of several who ask for one account at once all get the
   * same user.
   */
  admitAccount(account: {
    readonly provider: string;
    readonly subject: string;
    readonly login: string;
    readonly names: readonly string[];
    readonly displayName: string | undefined;
    readonly email: string | undefined;
    readonly now: Instant;
  }): Promise<{ readonly user: UserRecord; readonly created: boolean }>;
  /** Whatever their case. */
  findUsersByEmail(email: string): Promise<readonly UserRecord[]>;

  saveGrant(grant: ForgeGrantRecord): Promise<void>;
  findGrant(userId: UserId, provider: string): Promise<ForgeGrantRecord | undefined>;
  /** In place of one that is still `sealed`: whether it was. */
  replaceGrant(sealed: string, grant: ForgeGrantRecord): Promise<boolean>;
  dropGrant(userId: UserId, provider: string): Promise<void>;
}
