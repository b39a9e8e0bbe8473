/** Users, what they may do in which team, and how they prove who they are. Of tokens, sessions and links the store only ever sees hashes. */
import type { Instant } from '../lib/clock.ts';
import type { ApiTokenId, SessionId, TeamId, UserId } from '../lib/ids.ts';
import type { Page, PageRequest } from './page.ts';

/** What somebody may do in a team, least first. `public` is what everybody may do with a public pipeline. */
export const ROLES = ['public', 'read', 'write', 'maintain', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export interface UserRecord {
  readonly id: UserId;
  /** Unique, and how people call them. */
  readonly name: string;
  readonly displayName: string | undefined;
  readonly email: string | undefined;
  /** May do everything in every team, and what is about the server. */
  readonly admin: boolean;
  readonly hasPassword: boolean;
  /** Cannot sign in any more, and nothing of theirs counts. */
  readonly disabledAt: Instant | undefined;
  readonly createdAt: Instant;
  readonly lastSeenAt: Instant | undefined;
}

export interface Membership {
  readonly teamId: TeamId;
  readonly team: string;
  readonly role: Role;
}

export interface MemberRecord {
  readonly user: UserRecord;
  readonly role: Role;
}

/** A user, with all that decides what a request of theirs may do. */
export interface KnownUser {
  readonly user: UserRecord;
  readonly memberships: readonly Membership[];
}

export interface SessionRecord {
  readonly id: SessionId;
  readonly userId: UserId;
  /** What a request that changes something brings along. */
  readonly csrf: string;
  readonly createdAt: Instant;
  readonly lastSeenAt: Instant;
  readonly expiresAt: Instant;
  /** From where it began, and by which program, as it called itself. */
  readonly address: string;
  readonly agent: string;
}

export interface ApiTokenRecord {
  readonly id: ApiTokenId;
  readonly name: string;
  readonly userId: UserId;
  /** The only team it is good for; absent: all that its user has. */
  readonly teamId: TeamId | undefined;
  readonly team: string | undefined;
  /** It may do no more than this, and no more than its user. */
  readonly role: Role;
  readonly createdAt: Instant;
  readonly expiresAt: Instant | undefined;
  readonly lastUsedAt: Instant | undefined;
}

/** Somebody's account elsewhere: of a forge or an identity provider. */
export interface ExternalIdentity {
  /** The provider's name in the settings. */
  readonly provider: string;
  /** What the provider calls them for ever. */
  readonly subject: string;
  readonly userId: UserId;
  /** What they are called there now. */
  readonly login: string;
  readonly linkedAt: Instant;
}

export interface AuditRecord {
  readonly id: string;
  readonly at: Instant;
  /** Who did it, as they were called then. */
  readonly actor: string;
  readonly address: string | undefined;
  /** The route's name, or another permanent word: `signIn`. */
  readonly action: string;
  readonly team: string | undefined;
  /** What it was done to: `pipeline app`. */
  readonly target: string | undefined;
  readonly detail: Readonly<Record<string, string>>;
}

export interface IdentityStore {
  /** Error: `store.conflict` when the name is taken. */
  createUser(command: {
    readonly name: string;
    readonly displayName?: string | undefined;
    readonly email?: string | undefined;
    readonly admin?: boolean;
    readonly passwordHash?: string | undefined;
    readonly now: Instant;
  }): Promise<UserRecord>;
  /** By name, those first who are there longest. */
  listUsers(page: PageRequest): Promise<Page<UserRecord>>;
  findUser(name: string): Promise<UserRecord | undefined>;
  getUser(id: UserId): Promise<KnownUser | undefined>;
  /** What is not given stays. Error: `store.conflict` when the last administrator who can sign in would be gone. */
  changeUser(
    id: UserId,
    change: {
      readonly displayName?: string;
      readonly email?: string;
      readonly admin?: boolean;
      /** `undefined` in it: enabled again. */
      readonly disabled?: { readonly at: Instant | undefined };
    },
  ): Promise<UserRecord>;
  /** Their tokens, sessions, memberships and identities go too. Error: like `changeUser`. */
  deleteUser(id: UserId): Promise<void>;
  /** `undefined`: none any more. Other sessions of theirs than `keep` end. */
  setPassword(id: UserId, hash: string | undefined, keep?: SessionId): Promise<void>;
  passwordOf(name: string): Promise<{ readonly user: UserRecord; readonly hash: string } | undefined>;
  /** Whether there is anybody at all. */
  hasUsers(): Promise<boolean>;

  /** `undefined`: a member no more. */
  setMember(teamId: TeamId, userId: UserId, role: Role | undefined): Promise<void>;
  listMembers(teamId: TeamId): Promise<readonly MemberRecord[]>;

  /** Error: `store.conflict` when that account is linked to another user, or the user to another account there. */
  linkIdentity(identity: ExternalIdentity): Promise<void>;
  /** With what it granted. */
  unlinkIdentity(userId: UserId, provider: string): Promise<boolean>;
  findIdentity(provider: string, subject: string): Promise<ExternalIdentity | undefined>;
  listIdentities(userId: UserId): Promise<readonly ExternalIdentity[]>;

  beginSession(session: Omit<SessionRecord, 'lastSeenAt'> & { readonly hash: string }): Promise<void>;
  /** A session that is in force, of a user who is. Notes that it was seen, at most once in a minute. */
  useSession(hash: string, now: Instant): Promise<(KnownUser & { readonly session: SessionRecord }) | undefined>;
  /** Newest first. */
  listSessions(userId: UserId, now: Instant): Promise<readonly SessionRecord[]>;
  endSession(userId: UserId, id: SessionId): Promise<boolean>;

  createToken(token: Omit<ApiTokenRecord, 'team' | 'lastUsedAt'> & { readonly hash: string }): Promise<ApiTokenRecord>;
  /** The same for a token. */
  useToken(hash: string, now: Instant): Promise<(KnownUser & { readonly token: ApiTokenRecord }) | undefined>;
  /** Newest first; without a user those of all. */
  listTokens(
    of: { readonly userId?: UserId | undefined },
    page: PageRequest,
  ): Promise<Page<ApiTokenRecord & { readonly user: string }>>;
  /** Of this user alone, or whosever it is. Whether it was there. */
  revokeToken(id: ApiTokenId, userId?: UserId): Promise<boolean>;

  createLink(link: { readonly hash: string; readonly userId: UserId; readonly expiresAt: Instant }): Promise<void>;
  /** Uses it up: of several who try at once one has it. */
  redeemLink(hash: string, now: Instant): Promise<UserRecord | undefined>;

  writeAudit(entry: Omit<AuditRecord, 'id'>): Promise<void>;
  /** Newest first. */
  listAudit(
    filter: {
      readonly team?: string | undefined;
      readonly actor?: string | undefined;
      readonly action?: string | undefined;
    },
    page: PageRequest,
  ): Promise<Page<AuditRecord>>;
  /** Drops sessions, links and tokens that expired, and audit entries before `auditBefore`. */
  trimIdentity(now: Instant, auditBefore: Instant): Promise<void>;
}
